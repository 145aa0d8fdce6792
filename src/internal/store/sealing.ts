/**
 * Sealing of all that leaves the process: AES-256-GCM, bound to the token's key, to the kind of entry, and to the
 * version of the format. The first sealing key seals and all of them open, so that keys can be rotated.
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { TokenKey } from "../../TokenFlow.js"

/**
 * One or more sealing keys, each 32 random bytes in Base64, as `openssl rand -base64 32` prints them. The first seals,
 * all of them open.
 *
 * @see {@link RedisTokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export type SealingKeys = readonly [Redacted.Redacted<string>, ...ReadonlyArray<Redacted.Redacted<string>>]

/** The purpose of sealed content: it opens for no other. */
export interface SealedAs {
  readonly kind: "token" | "failure"
  readonly key: TokenKey
}

export interface Sealer {
  /** Seals content. No two seals are the same, not even of the same content. */
  readonly seal: (as: SealedAs, content: Redacted.Redacted<string>) => Effect.Effect<Redacted.Redacted<string>>
  /** Opens sealed content. None: no sealing key fits, or the text was changed, or belongs elsewhere. */
  readonly open: (
    as: SealedAs,
    sealed: Redacted.Redacted<string>
  ) => Effect.Effect<Option.Option<Redacted.Redacted<string>>>
}

const version = "1"

/** The length that GCM is made for (NIST SP 800-38D §8.2.2), drawn at random: a fleet has no common counter. */
const nonceBytes = 12

export const makeSealer = ([first, ...others]: SealingKeys): Effect.Effect<Sealer> =>
  Effect.gen(function* () {
    const sealing = yield* imported(first)
    const opening = [sealing, ...(yield* Effect.forEach(others, imported))]

    const seal: Sealer["seal"] = (as, content) =>
      Effect.suspend(() => {
        const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes))
        const plain = new TextEncoder().encode(Redacted.value(content))
        return Effect.map(
          Effect.promise(() => crypto.subtle.encrypt(algorithm(as, nonce), sealing, plain)),
          (sealed) =>
            Redacted.make(
              `${version}.${Encoding.encodeBase64Url(new Uint8Array([...nonce, ...new Uint8Array(sealed)]))}`
            )
        )
      })

    const open: Sealer["open"] = (as, sealed) => {
      const [found, text] = Redacted.value(sealed).split(".", 2)
      const bytes = Option.getRight(Encoding.decodeBase64Url(text ?? ""))
      if (found !== version || Option.isNone(bytes)) return Effect.succeedNone
      const nonce = new Uint8Array(bytes.value.subarray(0, nonceBytes))
      const box = new Uint8Array(bytes.value.subarray(nonceBytes))
      return Effect.firstSuccessOf(
        opening.map((key) => Effect.tryPromise(() => crypto.subtle.decrypt(algorithm(as, nonce), key, box)))
      ).pipe(
        Effect.map((plain) => Redacted.make(new TextDecoder().decode(plain))),
        Effect.option
      )
    }

    return { seal, open }
  })

const algorithm = ({ key, kind }: SealedAs, iv: Uint8Array<ArrayBuffer>) => ({
  name: "AES-GCM",
  iv,
  additionalData: new TextEncoder().encode(`effect-vipps-token ${version} ${kind} ${key}`)
})

const imported = (key: Redacted.Redacted<string>): Effect.Effect<CryptoKey> =>
  Effect.flatMap(Encoding.decodeBase64(Redacted.value(key)), (bytes) =>
    Effect.promise(() =>
      crypto.subtle.importKey("raw", new Uint8Array(bytes), "AES-GCM", false, ["encrypt", "decrypt"])
    )
  ).pipe(Effect.orDie)
