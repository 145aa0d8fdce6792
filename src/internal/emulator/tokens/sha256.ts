/**
 * HMAC-SHA-256 that answers at once. WebCrypto's is a promise that is kept by another thread: a test that moves virtual
 * time while a token is being signed would get it at a random moment (and 100,000 tokens would take five seconds).
 * For the emulator's tokens alone; the tests hold it against WebCrypto.
 *
 * Sources: FIPS 180-4 §4.1.2, §5.1.1, §6.2; RFC 2104.
 */

/** The first 32 bits of the fractional parts of a power of the first primes (FIPS 180-4 §4.2.2, §5.3.3). */
const primeFractions = (count: number, exponent: number): Int32Array => {
  const words = new Int32Array(count)
  for (let candidate = 2, found = 0; found < count; candidate++) {
    if (isPrime(candidate)) words[found++] = (candidate ** exponent % 1) * 2 ** 32
  }
  return words
}

const isPrime = (candidate: number): boolean => {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) return false
  return true
}

const roundConstants = primeFractions(64, 1 / 3)
const initialState = primeFractions(8, 1 / 2)
const blockBytes = 64

const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits))

/** The message, a one, zeros and the length in bits, in whole blocks of 64 bytes. */
const padded = (message: Uint8Array): DataView => {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / blockBytes) * blockBytes)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(bytes.length - 8, Math.floor(message.length / 2 ** 29))
  view.setUint32(bytes.length - 4, message.length << 3)
  return view
}

/** SHA-256 of the message: 32 bytes. */
export const sha256 = (message: Uint8Array): Uint8Array => {
  const blocks = padded(message)
  const state = Int32Array.from(initialState)
  const schedule = new Int32Array(64)
  for (let offset = 0; offset < blocks.byteLength; offset += blockBytes) compress(state, schedule, blocks, offset)
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, index) => {
    digest.setInt32(index * 4, word)
  })
  return new Uint8Array(digest.buffer)
}

const at = (words: Int32Array, index: number): number => words[index] ?? 0

const compress = (state: Int32Array, schedule: Int32Array, blocks: DataView, offset: number): void => {
  for (let t = 0; t < 16; t++) schedule[t] = blocks.getInt32(offset + t * 4)
  for (let t = 16; t < 64; t++) {
    const w15 = at(schedule, t - 15)
    const w2 = at(schedule, t - 2)
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10)
    schedule[t] = at(schedule, t - 16) + s0 + at(schedule, t - 7) + s1
  }
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  let f = at(state, 5)
  let g = at(state, 6)
  let h = at(state, 7)
  for (let t = 0; t < 64; t++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + at(roundConstants, t) + at(schedule, t)) | 0
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  const sums = [a, b, c, d, e, f, g, h]
  for (const [index, sum] of sums.entries()) state[index] = at(state, index) + sum
}

/** HMAC-SHA-256 with a key of at most 64 bytes (RFC 2104). */
export const hmacSha256 = (key: Uint8Array): ((message: Uint8Array) => Uint8Array) => {
  const pad = (byte: number) => Uint8Array.from({ length: blockBytes }, (_, index) => (key[index] ?? 0) ^ byte)
  const inner = pad(0x36)
  const outer = pad(0x5c)
  return (message) => sha256(joined(outer, sha256(joined(inner, message))))
}

const joined = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(left.length + right.length)
  bytes.set(left)
  bytes.set(right, left.length)
  return bytes
}
