/** The contract of token stores, and what is of Redis alone: what lies there, who can open it, and what harm does. */
import { createDecipheriv } from "node:crypto"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { Cluster, Redis } from "ioredis"
import { RedisTokenStore } from "../../src/RedisTokenStore.js"
import { TokenKey } from "../../src/TokenFlow.js"
import type { TokenStoreService } from "../../src/TokenStore.js"
import { served } from "../fixtures/caches.js"
import { canaries, canariesIn } from "../fixtures/canaries.js"
import { process } from "../fixtures/processes.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import { anyRedis, freePort, redisServer } from "../fixtures/redisServer.js"
import { aSealingKey, dump } from "../fixtures/redisStores.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"
import { tokenStoreContract } from "../fixtures/tokenStoreContract.js"

const minute = Duration.minutes(1)
const key = TokenKey("a-key")
const secret = Redacted.make(canaries.token)

const storeAt = (url: string, sealingKeys = [aSealingKey()] as const) =>
  RedisTokenStore.make({ url: Redacted.make(url), sealingKeys, prefix: "test:" })

tokenStoreContract(
  "RedisTokenStore",
  it.scopedLive,
  Effect.gen(function* () {
    const { url } = yield* anyRedis
    return { store: yield* storeAt(url), letPass: (millis) => Effect.sleep(millis) }
  })
)

const put = (store: TokenStoreService, as: string, content = secret) =>
  Effect.gen(function* () {
    yield* store.seize(key, { owner: as, duration: minute })
    assert.isTrue(yield* store.write(key, as, content, minute))
  })

const claimed = (store: TokenStoreService) => store.claim(key, { owner: `${Math.random()}`, duration: minute }, [])

/** As text: chai takes any two `Option`s for equal. */
const textIn = (store: TokenStoreService) =>
  Effect.map(
    store.read(key),
    Option.match({ onNone: () => "nothing", onSome: ({ content }) => Redacted.value(content) })
  )

/** Another character in its middle, so that it still is Base64. */
const flipped = (sealed: string) => {
  const at = sealed.length >> 1
  return sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1)
}

const clientThat = (answers: () => Promise<unknown>) =>
  Object.assign(new Redis({ lazyConnect: true }), { eval: answers })

const everyMoment = Schedule.intersect(Schedule.spaced("50 millis"), Schedule.recurs(200))

describe("in Redis", () => {
  it.scopedLive("F36 a dump holds no secret, and nothing that stays for ever (F34)", () =>
    Effect.gen(function* () {
      const { client, url } = yield* redisServer()
      const store = yield* storeAt(url)
      yield* put(store, "A", Redacted.make(Object.values(canaries).join(" ")))
      yield* store.seize(key, { owner: "B", duration: minute })
      yield* store.writeFailure(key, "B", Redacted.make(Object.values(canaries).join(" ")), minute)
      yield* store.seize(TokenKey("another"), { owner: "C", duration: minute })
      const entries = yield* dump(client)
      assert.deepStrictEqual(entries.map(({ name }) => name).sort(), [
        "test:{a-key}:lease",
        "test:{a-key}:token",
        "test:{another}:lease"
      ])
      for (const { left, name, value } of entries) {
        assert.deepStrictEqual(canariesIn(name + value), [])
        assert.isTrue(left > 0 && left <= 60_000)
      }
    })
  )

  it.scopedLive("F31 what cannot be opened is absent, with one warning", () => {
    const { logs, recorded } = recordingLogs()
    return recorded(
      Effect.gen(function* () {
        const { client, url } = yield* redisServer()
        const keys = [aSealingKey()] as const
        const [store, stranger] = [yield* storeAt(url, keys), yield* storeAt(url)]
        yield* put(store, "A")
        const sealed = (yield* Effect.promise(() => client.get("test:{a-key}:token"))) ?? ""
        const set = (name: string, text: string) => Effect.promise(() => client.set(name, text, "PX", 60_000))

        assert.strictEqual((yield* claimed(stranger))._tag, "Leased", "sealed with another key")
        yield* Effect.promise(() => client.del("test:{a-key}:lease"))
        for (const changed of [
          `${sealed.slice(0, -1)}!`,
          flipped(sealed),
          sealed.replace("1.", "2."),
          "1.",
          "1.AAAA"
        ]) {
          yield* set("test:{a-key}:token", changed)
          assert.strictEqual(yield* textIn(store), "nothing", "changed")
          assert.strictEqual((yield* claimed(store))._tag, "Leased")
          yield* Effect.promise(() => client.del("test:{a-key}:lease"))
        }
        yield* set("test:{another}:token", sealed)
        assert.isTrue(Option.isNone(yield* store.read(TokenKey("another"))), "of another key")
        yield* Effect.promise(() => client.del("test:{a-key}:token"))
        yield* set("test:{a-key}:lease", `f:${sealed}`)
        assert.strictEqual((yield* claimed(store))._tag, "Leased", "a token in a failure's place")

        const warnings = logs.filter(({ level }) => level === "WARN")
        assert.strictEqual(warnings.length, 2, "one of each store")
        assert.deepStrictEqual(canariesIn(JSON.stringify(logs)), [])
      })
    )
  })

  it.scopedLive("F31 garbage of any type is written over", () =>
    recordingLogs().recorded(
      Effect.gen(function* () {
        const { client, url } = yield* redisServer()
        const store = yield* storeAt(url)
        const names = ["test:{a-key}:token", "test:{a-key}:lease"]
        const garbage: ReadonlyArray<(name: string) => Promise<unknown>> = [
          (name) => client.lpush(name, "list"),
          (name) => client.hset(name, "hash", "1"),
          (name) => client.xadd(name, "*", "stream", "1"),
          (name) => client.set(name, "f:for ever"),
          (name) => client.set(name, "l:for ever"),
          (name) => client.set(name, "junk", "PX", 60_000),
          (name) => client.set(name, Buffer.from([0xff, 0x00, 0xfe]), "PX", 60_000),
          (name) => client.set(name, "l:longer than any lease", "PX", 600_000)
        ]
        for (const [index, fill] of garbage.entries()) {
          yield* Effect.promise(() => client.flushall())
          for (const name of names) yield* Effect.promise(() => fill(name))
          const lease = { owner: `owner-${index}`, duration: minute }
          assert.strictEqual((yield* store.claim(key, lease, []))._tag, "Leased", `garbage ${index}`)
          assert.isTrue(yield* store.renew(key, lease))
          assert.isTrue(yield* store.write(key, lease.owner, secret, minute))
          assert.strictEqual(yield* textIn(store), canaries.token)
        }
      })
    )
  )

  it.scopedLive("an entry is AES-256-GCM, bound to format, kind and key: releases beside each other agree on it", () =>
    Effect.gen(function* () {
      const { client, url } = yield* redisServer()
      const sealingKey = aSealingKey()
      yield* put(yield* storeAt(url, [sealingKey]), "A")
      const sealed = (yield* Effect.promise(() => client.get("test:{a-key}:token"))) ?? ""
      assert.match(sealed, /^1\.[\w-]+$/)
      const bytes = Buffer.from(sealed.slice(2), "base64url")
      const key = Buffer.from(Redacted.value(sealingKey), "base64")
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
      decipher.setAAD(Buffer.from("effect-vipps-token 1 token a-key")).setAuthTag(bytes.subarray(-16))
      const plain = decipher.update(bytes.subarray(12, -16), undefined, "utf8") + decipher.final("utf8")
      const [, endMillis, content] = /^(\d+):(.*)$/.exec(plain) ?? []
      assert.strictEqual(content, canaries.token)
      // By the clock of the server.
      const [seconds] = yield* Effect.promise(() => client.time())
      assert.closeTo(Number(endMillis), Number(seconds) * 1000 + 60_000, 10_000)
    })
  )

  it.scopedLive("F31 garbage of megabytes is not even read", () =>
    Effect.gen(function* () {
      const { client, url } = yield* redisServer()
      const store = yield* storeAt(url)
      const sent = Effect.promise(async () =>
        Number(/total_net_output_bytes:(\d+)/.exec(await client.info("stats"))?.[1] ?? Number.NaN)
      )
      for (const name of ["test:{a-key}:token", "test:{a-key}:lease"]) {
        yield* Effect.promise(() => client.set(name, `f:1.${"A".repeat(5_000_000)}`, "PX", 60_000))
      }
      const before = yield* sent
      assert.strictEqual((yield* claimed(store))._tag, "Leased")
      assert.isTrue(Option.isNone(yield* store.read(key)))
      assert.isBelow((yield* sent) - before, 100_000)
      // The longest token that a response can bring, were every character of it escaped twice over.
      yield* put(store, "A", Redacted.make("\\".repeat(2 * 64 * 1024)))
      assert.strictEqual((yield* claimed(store))._tag, "Token")
    })
  )

  it.scopedLive("sealing keys are rotated in three steps, and no token is lost", () =>
    Effect.gen(function* () {
      const { url } = yield* redisServer()
      const [old, next] = [aSealingKey(), aSealingKey()]
      const steps = yield* Effect.forEach([[old], [old, next], [next, old], [next]] as const, (keys) =>
        RedisTokenStore.make({ url: Redacted.make(url), sealingKeys: keys })
      )
      // During each roll-out processes of the step before and of this one run beside each other.
      for (const [index, store] of steps.entries()) {
        const before = steps[index - 1] ?? store
        for (const [writer, reader] of [
          [store, before],
          [before, store]
        ] as const) {
          yield* put(writer, `step ${index}`, Redacted.make(`token ${index}`))
          assert.strictEqual(yield* textIn(reader), `token ${index}`)
        }
      }
    })
  )

  it.scopedLive("a cluster keeps what belongs together in one slot", () =>
    Effect.gen(function* () {
      const bus = yield* freePort
      const { client, url } = yield* redisServer(
        ...["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-port", String(bus)]
      )
      yield* Effect.promise(() => client.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383"))
      const cluster = yield* Effect.acquireRelease(
        Effect.sync(() => new Cluster([url])),
        (cluster) => Effect.sync(() => cluster.disconnect())
      )
      const store = yield* RedisTokenStore.make({ client: cluster, sealingKeys: [aSealingKey()] })
      yield* Effect.retry(put(store, "A"), { times: 50 })
      assert.strictEqual((yield* claimed(store))._tag, "Token")
    })
  )

  it.scopedLive("user and password come from the URL, and wrong ones cost a warning without them", () => {
    const { logs, recorded } = recordingLogs()
    return recorded(
      Effect.gen(function* () {
        const { client, url } = yield* redisServer()
        yield* Effect.promise(async () => {
          await client.call("ACL", "SETUSER", "shop", "on", `>${canaries.subscriptionKey}`, "~*", "+@all")
          await client.call("ACL", "SETUSER", "default", "off")
        })
        const withPassword = (password: string) => url.replace("redis://", `redis://shop:${password}@`)
        yield* put(yield* storeAt(withPassword(canaries.subscriptionKey)), "A")
        const refused = yield* storeAt(withPassword("wrong"))
        const flow = scriptedFlow()
        assert.strictEqual(yield* served(yield* process(flow, refused)), "scripted-1")
        const [warning] = logs.filter(({ level }) => level === "WARN")
        assert.match(warning?.message ?? "", /^Vipps token store (refuses a command \(NOAUTH\)|cannot be reached)\./)
        assert.deepStrictEqual(canariesIn(JSON.stringify(logs)), [])
      })
    )
  })

  it.scopedLive("F36 an error says nothing of what was written, whatever the client says", () =>
    Effect.gen(function* () {
      const error = Object.assign(new Error(`ERR unknown command with args ${canaries.token}`), {
        command: { name: "eval", args: [canaries.token] }
      })
      const store = yield* RedisTokenStore.make({
        client: clientThat(() => Promise.reject(error)),
        sealingKeys: [aSealingKey()]
      })
      const failure = yield* Effect.flip(claimed(store))
      assert.strictEqual(failure.message, "The token store refuses a command (ERR).")
      const odd = yield* RedisTokenStore.make({
        client: clientThat(() => Promise.resolve(["Token", canaries.token])),
        sealingKeys: [aSealingKey()]
      })
      assert.strictEqual((yield* Effect.flip(claimed(odd))).message, "The token store returns a reply of unknown form.")
    })
  )

  it.scopedLive("F69 a server that answers the same unopenable entry for ever has failed", () =>
    Effect.gen(function* () {
      let commands = 0
      const store = yield* RedisTokenStore.make({
        client: clientThat(() => Promise.resolve(["Token", "1.AAAA", 60_000, "the stamp", ++commands])),
        sealingKeys: [aSealingKey()]
      })
      const { message } = yield* Effect.flip(claimed(store))
      assert.strictEqual(message, "The token store keeps returning entries that cannot be opened or have expired.")
      assert.strictEqual(commands, 2)
    })
  )

  it.scopedLive("F31 a server that is down delays nobody", () =>
    Effect.gen(function* () {
      const { stop, url } = yield* redisServer()
      yield* stop
      const printed: Array<unknown> = []
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.spyOn(console, "error").mockImplementation((...said) => printed.push(said))),
        (spy) => Effect.sync(() => spy.mockRestore())
      )
      const store = yield* storeAt(url)
      const failure = yield* Effect.flip(claimed(store))
      assert.strictEqual(failure.message, "The token store cannot be reached.")
      assert.deepStrictEqual(printed, [], "nor does the client print what it meets")
    })
  )

  it.scopedLive("a connection is restored by itself", () =>
    Effect.gen(function* () {
      const { start, stop, url } = yield* redisServer()
      const store = yield* storeAt(url)
      yield* put(store, "A")
      yield* stop
      yield* Effect.flip(claimed(store))
      yield* start
      const claim = yield* Effect.retry(claimed(store), { schedule: everyMoment })
      assert.strictEqual(claim._tag, "Leased")
    })
  )
})

describe("options", () => {
  const build = (variables: Record<string, string>) =>
    Effect.flip(
      Effect.scoped(Layer.build(RedisTokenStore.layerConfig())).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))
      )
    )
  const good = Redacted.value(aSealingKey())
  const url = "redis://127.0.0.1:1"

  it("F68 a URL in place of all options throws, and is not printed", () => {
    try {
      RedisTokenStore.layer("rediss://default:a-password@cache.example:6379" as never)
      assert.fail("taken")
    } catch (error) {
      assert.notInclude(String(error), "a-password")
    }
  })

  const cases: ReadonlyArray<readonly [what: string, variables: Record<string, string>, names: RegExp]> = [
    ["no URL", { VIPPS_TOKEN_STORE_KEYS: good }, /VIPPS_TOKEN_STORE_URL/],
    ["no keys", { VIPPS_TOKEN_STORE_URL: url }, /VIPPS_TOKEN_STORE_KEYS/],
    [
      "a URL of another kind",
      { VIPPS_TOKEN_STORE_URL: `https://u:${canaries.clientSecret}@h`, VIPPS_TOKEN_STORE_KEYS: good },
      /VIPPS_TOKEN_STORE_URL.*must be a URL that begins with redis:\/\//s
    ],
    [
      "a passphrase",
      { VIPPS_TOKEN_STORE_URL: url, VIPPS_TOKEN_STORE_KEYS: canaries.clientSecret },
      /VIPPS_TOKEN_STORE_KEYS.*must be 32 random bytes in Base64/s
    ],
    [
      "a passphrase among keys",
      { VIPPS_TOKEN_STORE_URL: url, VIPPS_TOKEN_STORE_KEYS: `${good}, ${canaries.body}` },
      /VIPPS_TOKEN_STORE_KEYS.*must be 32 random bytes in Base64/s
    ]
  ]
  for (const [what, variables, names] of cases) {
    it.effect(`${what}: the layer fails, names the variable and the rule, and not the value`, () =>
      Effect.gen(function* () {
        const error = String(yield* build(variables))
        assert.match(error, names)
        assert.deepStrictEqual(canariesIn(error), [])
      })
    )
  }

  it.effect("are read from Configs of one's own, which are held to the same rules", () =>
    Effect.gen(function* () {
      const built = (variables: Record<string, string>, prefix = "test:") =>
        Effect.scoped(
          Layer.build(
            RedisTokenStore.layerConfig({
              url: Config.redacted("REDIS"),
              sealingKeys: Config.map(Config.redacted("KEY"), (key) => [key]),
              prefix: Config.succeed(prefix)
            })
          )
        ).pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))))
      yield* built({ REDIS: url, KEY: good })
      for (const [what, broken, rule] of [
        ["URL", built({ REDIS: `https://u:${canaries.clientSecret}@h`, KEY: good }), /url.*must be a URL that begins/s],
        ["key", built({ REDIS: url, KEY: canaries.clientSecret }), /sealingKeys.*must be 32 random bytes/s],
        ["missing key", built({ REDIS: url }), /KEY/],
        ["prefix", built({ REDIS: url, KEY: good }, "{shop}"), /prefix.*must not contain/s]
      ] as const) {
        const error = String(yield* Effect.flip(broken))
        assert.match(error, rule, what)
        assert.deepStrictEqual(canariesIn(error), [])
      }
    })
  )

  it("as values break the same rules, and throw", () => {
    const sealingKeys = [aSealingKey()] as const
    assert.throws(() => RedisTokenStore.layer({ url: Redacted.make("nowhere"), sealingKeys }), /^url must be a URL/)
    assert.throws(
      () => RedisTokenStore.layer({ url: Redacted.make(url), sealingKeys: [Redacted.make("passphrase")] }),
      /^sealingKeys must be 32 random bytes/
    )
    // @ts-expect-error -- from JavaScript
    const withoutKeys = () => RedisTokenStore.layer({ url: Redacted.make(url), sealingKeys: [] })
    assert.throws(withoutKeys, /^sealingKeys must hold at least one key/)
    assert.throws(() => RedisTokenStore.layer({ url: Redacted.make(url), sealingKeys, prefix: "{shop}" }), /^prefix/)
  })

  it.effect("F36 a URL that the client refuses is an error without the URL", () =>
    Effect.gen(function* () {
      const sealingKeys = [aSealingKey()] as const
      const password = encodeURIComponent(canaries.clientSecret)
      const latin1 = Redacted.make(`redis://u:${password}%e9@h`)
      assert.throws(
        () => RedisTokenStore.layer({ url: latin1, sealingKeys }),
        /^url must have its user name and password/
      )
      for (const query of ["Connector=x", "sentinels=x", "scripts=x"]) {
        const refused = RedisTokenStore.make({
          url: Redacted.make(`redis://u:${password}@h?${query}`),
          sealingKeys
        })
        const printed = Cause.pretty(yield* Effect.flip(Effect.sandbox(Effect.scoped(refused))))
        assert.match(printed, /RuntimeException: ioredis refuses the store.s URL/)
        assert.notInclude(printed, password)
        assert.deepStrictEqual(canariesIn(printed), [])
      }
    })
  )
})
