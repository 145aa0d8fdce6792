/** F65: somebody who may write to Redis makes processes request more tokens, and nothing else. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { RedisTokenStore } from "../../src/RedisTokenStore.js"
import { TokenKey } from "../../src/TokenFlow.js"
import { outcome, served } from "../fixtures/caches.js"
import { process } from "../fixtures/processes.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import { type RedisServer, redisServer } from "../fixtures/redisServer.js"
import { aSealingKey } from "../fixtures/redisStores.js"
import { granted, rateLimited, scriptedFlow } from "../fixtures/scriptedFlow.js"

const key = TokenKey("a-key")
const life = 700
const tokenName = "vipps-token:{a-key}:token"
const leaseName = "vipps-token:{a-key}:lease"
const minute = Duration.minutes(1)

const storeOf = ({ url }: RedisServer) =>
  RedisTokenStore.make({ url: Redacted.make(url), sealingKeys: [aSealingKey()] })

const given = Effect.gen(function* () {
  const redis = yield* redisServer()
  const store = yield* storeOf(redis)
  const write = (kind: "write" | "writeFailure") =>
    Effect.gen(function* () {
      yield* store.seize(key, { owner: "A", duration: minute })
      assert.isTrue(yield* store[kind](key, "A", Redacted.make("content"), Duration.millis(life)))
      return (yield* Effect.promise(() => redis.client.get(kind === "write" ? tokenName : leaseName))) ?? ""
    })
  const put = (name: string, value: string) => Effect.promise(() => redis.client.set(name, value, "PX", 60_000))
  const claimed = store.claim(key, { owner: "B", duration: minute }, [])
  return { ...redis, claimed, put, store, write }
})

describe("F65 an entry", () => {
  it.scopedLive("whose time is stretched again and again ends when it was to end", () =>
    Effect.gen(function* () {
      const { claimed, client, store, write } = yield* given
      yield* write("write")
      const begun = performance.now()
      const stretched = Effect.promise(() => client.pexpire(tokenName, 60_000))
      yield* stretched
      const entry = Option.getOrThrow(yield* store.read(key))
      assert.isAtMost(Duration.toMillis(entry.left), life)
      yield* Effect.repeat(Effect.delay(stretched, "50 millis"), { until: () => performance.now() > begun + life })
      assert.isTrue(Option.isNone(yield* store.read(key)))
      assert.strictEqual((yield* claimed)._tag, "Leased")
    })
  )

  it.scopedLive("of a token that is put back after its end counts as absent", () =>
    Effect.gen(function* () {
      const { claimed, put, store, write } = yield* given
      const sealed = yield* write("write")
      yield* Effect.sleep(life)
      yield* put(tokenName, sealed)
      assert.isTrue(Option.isNone(yield* store.read(key)))
      assert.strictEqual((yield* claimed)._tag, "Leased")
    })
  )

  it.scopedLive("of a failure that is put back after its end counts as absent", () =>
    Effect.gen(function* () {
      const { claimed, put, write } = yield* given
      const sealed = yield* write("writeFailure")
      assert.strictEqual((yield* claimed)._tag, "Failure")
      yield* Effect.sleep(life)
      yield* put(leaseName, sealed)
      assert.strictEqual((yield* claimed)._tag, "Leased")
    })
  )

  it.scopedLive("that was removed and is put back within its life is not served for any longer than that", () =>
    Effect.gen(function* () {
      const { claimed, put, store, write } = yield* given
      const sealed = yield* write("write")
      yield* store.remove(key, Option.getOrThrow(yield* store.read(key)).stamp)
      assert.isTrue(Option.isNone(yield* store.read(key)))
      yield* put(tokenName, sealed)
      assert.isAtMost(Duration.toMillis(Option.getOrThrow(yield* store.read(key)).left), life)
      yield* Effect.sleep(life)
      assert.strictEqual((yield* claimed)._tag, "Leased")
    })
  )
})

describe("F65 a process", () => {
  it.scopedLive("requests its own token where one that has ended, or an old 429, is put back", () =>
    Effect.gen(function* () {
      const redis = yield* redisServer()
      const store = yield* storeOf(redis)
      const flow = scriptedFlow({ key: "a-key" })
      const sealedAt = (name: string) =>
        Effect.promise(() => redis.client.get(name)).pipe(Effect.repeat({ until: (value) => value !== null }))
      const putBack = (name: string, sealed: string | null) =>
        Effect.promise(() => redis.client.set(name, sealed ?? "", "PX", 3_600_000))

      flow.next(rateLimited("1 second"))
      assert.strictEqual(yield* outcome(yield* process(flow, store, { requestBudget: "500 millis" })), "RateLimited")
      const limit = yield* sealedAt(leaseName)
      yield* Effect.promise(() => redis.client.del(leaseName))
      flow.next(granted("4 seconds"))
      assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-2")
      const token = yield* sealedAt(tokenName)

      // A lease less than its life.
      yield* Effect.sleep("2 seconds")
      yield* putBack(tokenName, token)
      yield* putBack(leaseName, limit)
      assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-3")
    })
  )

  it.scopedLive(
    "F69 is not kept busy by one who writes new garbage each time: a request of its own, and one warning",
    () => {
      const { logs, recorded } = recordingLogs()
      return recorded(
        Effect.gen(function* () {
          const redis = yield* redisServer()
          const store = yield* RedisTokenStore.make({ client: redis.client, sealingKeys: [aSealingKey()] })
          const flow = scriptedFlow({ key: "a-key" })
          let written = 0
          const { client } = redis
          const evaluate = client.eval.bind(client)
          Object.assign(client, {
            eval: async (...args: Parameters<typeof evaluate>) => {
              await client.set(tokenName, `1.${"A".repeat(++written)}`, "PX", 60_000)
              return evaluate(...args)
            }
          })
          assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-1")
          assert.isBelow(written, 10)
          assert.strictEqual(logs.filter(({ level }) => level === "WARN").length, 1)
        })
      )
    }
  )
})
