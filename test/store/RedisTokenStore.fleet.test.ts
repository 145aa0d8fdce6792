/**
 * Many processes, docs/architecture.md §5, with real processes, a real Redis, and the emulator behind a socket. Real
 * time passes: what may happen is reckoned from how much of it has, so a busy machine makes a test slower and not red.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Fault, type VippsEmulatorService } from "effect-vipps-token/testing"
import { askers, emulator, type FleetProcess, fleet, type Got } from "../fixtures/childProcesses.js"
import { type RedisServer, redisServer } from "../fixtures/redisServer.js"

const everyGet = (processes: ReadonlyArray<FleetProcess>) =>
  Effect.all(
    processes.map(({ get }) => get),
    { concurrency: "unbounded" }
  )

const tokensOf = (gots: ReadonlyArray<Got>) => new Set(gots.map(({ error, token }) => token ?? error?._tag))

const assertAllServed = (gots: ReadonlyArray<Got>) => {
  for (const { error, leftMillis } of gots) {
    assert.isUndefined(error)
    assert.isAbove(leftMillis, 0)
  }
}

/** Every process has had so many tokens. */
const afterTokens = (count: number) => (seen: ReadonlyArray<ReadonlySet<string>>) =>
  seen.every(({ size }) => size >= count)

/** All ask, again and again, until it is enough; nobody ever fails, or gets a token that is over. */
const askedUntil = (
  processes: ReadonlyArray<FleetProcess>,
  enough: (seen: ReadonlyArray<ReadonlySet<string>>, gots: ReadonlyArray<Got>) => boolean
) =>
  Effect.gen(function* () {
    const seen = processes.map(() => new Set<string>())
    while (true) {
      const gots = yield* everyGet(processes)
      assertAllServed(gots)
      gots.forEach(({ token }, index) => {
        if (token !== undefined) seen[index]?.add(token)
      })
      if (enough(seen, gots)) return
      yield* Effect.sleep("200 millis")
    }
  })

/**
 * The shortest life of tokens here. The emulator tells whole seconds of what is left, so 7: shared, such a token lives
 * for 4 s, and nobody finds it due before three quarters of them.
 */
const lifetime = Duration.seconds(8)
const freshMillis = 0.75 * 4000

/**
 * No more requests than a fleet may make from now on: one at once, and one each time that so long has passed. A machine
 * that is busy may keep the store's answer from a process: it says so, and asks for itself for a while.
 */
const counting = (vipps: VippsEmulatorService, processes: ReadonlyArray<FleetProcess>, everyMillis: number) => {
  const begun = performance.now()
  const warnings = () => processes.reduce((count, { warnings }) => count + warnings.length, 0)
  const warned = warnings()
  return Effect.map(vipps.tokenRequests, ({ length }) => {
    const alone = warnings() - warned
    assert.isBelow(alone, Math.max(5, processes.length / 2))
    assert.isAtMost(length, (1 + Math.floor((performance.now() - begun) / everyMillis)) * (1 + alone))
    return length
  })
}

/** Few processes, that mostly wait: the longer, the longer a busy machine takes to start them. */
const beside = { concurrent: true, timeout: 600_000 }

describe("a fleet of real processes", () => {
  it.scopedLive(
    "fifty that start together make one request, and one for each refresh",
    () =>
      Effect.gen(function* () {
        const vipps = yield* emulator
        yield* vipps.setLifetime(lifetime)
        const { url } = yield* redisServer()
        const processes = yield* fleet(50, { emulator: vipps, redisUrl: url })
        const noMoreThanOne = counting(vipps, processes, freshMillis)
        assertAllServed(yield* everyGet(processes))
        yield* noMoreThanOne
        // Through three refreshes.
        yield* askedUntil(processes, afterTokens(4))
        yield* noMoreThanOne
      }),
    120_000
  )

  it.scopedLive(
    "fifty with wrong keys make one refused request for each hold",
    () =>
      Effect.gen(function* () {
        const vipps = yield* emulator
        const { url } = yield* redisServer()
        const processes = yield* fleet(50, { emulator: vipps, redisUrl: url, clientSecret: "wrong" })
        // Holds of 1 to 5 s.
        const noMoreThanOne = counting(vipps, processes, 1000)
        const refused = Effect.gen(function* () {
          assert.deepStrictEqual(tokensOf(yield* everyGet(processes)), new Set(["InvalidCredentials"]))
          return yield* noMoreThanOne
        })
        yield* refused
        yield* Effect.repeat(Effect.delay(refused, "200 millis"), { until: (count) => count > 2 })
      }),
    90_000
  )

  it.scopedLive(
    "F32 kill -9 of the one that asks, first or to refresh: another takes over within the lease, and nobody fails",
    () =>
      Effect.gen(function* () {
        const vipps = yield* emulator
        yield* vipps.setLifetime("10 seconds")
        yield* vipps.fault(Fault.hang, 1)
        const { url } = yield* redisServer()
        const [asking, ...others] = yield* fleet(8, { emulator: vipps, redisUrl: url })
        assert(asking !== undefined)
        yield* Effect.fork(asking.get)
        yield* Effect.repeat(askers(vipps), { until: ({ length }) => length === 1 })
        const waiting = yield* Effect.fork(everyGet(others))
        yield* asking.kill
        const gots = yield* Fiber.join(waiting)
        assertAllServed(gots)
        // The lease, the longest pause between two claims, and what a busy machine takes: nobody waits for the budget
        // of 15 s. Those who claim last have waited for a lease in all, and request a token as well (F61).
        for (const { millis } of gots) assert.isBelow(millis, 3000 + 250 + 6000)

        yield* vipps.clearRequests
        yield* vipps.fault(Fault.hang, 1)
        const [refreshing] = yield* Effect.repeat(askers(vipps), { until: ({ length }) => length === 1 })
        const killed = others.find(({ name }) => name === refreshing)
        assert(killed !== undefined)
        yield* killed.kill
        yield* vipps.clearRequests
        const noMoreThanOne = counting(vipps, others, freshMillis)
        yield* askedUntil(
          others.filter((process) => process !== killed),
          afterTokens(2)
        )
        yield* noMoreThanOne
      }),
    beside
  )

  it.scopedLive(
    "two whose clocks are an hour apart share a token for its whole life, and neither serves it longer",
    () =>
      Effect.gen(function* () {
        const vipps = yield* emulator
        yield* vipps.setLifetime("10 seconds")
        const { url } = yield* redisServer()
        const processes = yield* fleet(2, { emulator: vipps, redisUrl: url, wallAheadMillis: [0, 3_600_000] })
        const before = performance.now()
        const [first] = yield* everyGet(processes)
        const after = performance.now()
        yield* vipps.fault(Fault.temporarilyUnavailable, Number.POSITIVE_INFINITY)
        let served = 0
        yield* Effect.repeat(
          Effect.gen(function* () {
            const asked = performance.now()
            const gots = yield* everyGet(processes)
            // The one that did not ask has it for 6 s, less the time that it took to ask the store.
            if (performance.now() < before + 5000) {
              assert.deepStrictEqual(tokensOf(gots), new Set([first?.token]))
              served++
            }
            if (asked >= after + 10_000) for (const { token } of gots) assert.isUndefined(token)
            yield* Effect.sleep("20 millis")
            return asked >= after + 10_000
          }),
          { until: (over) => over }
        )
        assert.isAbove(served, 0)
      }),
    beside
  )

  const harms: Record<
    string,
    (redis: RedisServer) => { readonly harm: Effect.Effect<unknown>; readonly heal: Effect.Effect<unknown> }
  > = {
    stopped: ({ start, stop }) => ({ harm: stop, heal: start }),
    restarted: ({ start, stop }) => ({ harm: Effect.zipRight(stop, start), heal: Effect.void }),
    flushed: ({ client }) => ({ harm: Effect.promise(() => client.flushall()), heal: Effect.void }),
    "filled with garbage": ({ client }) => ({
      harm: Effect.promise(async () => {
        for (const name of await client.keys("*")) {
          await client.del(name)
          await client.lpush(name, "garbage")
        }
      }),
      heal: Effect.void
    }),
    paused: ({ client }) => ({
      harm: Effect.promise(() => client.call("CLIENT", "PAUSE", "12000", "ALL")),
      // A server in such a pause does not hear that it is to end it.
      heal: Effect.promise(() => client.ping())
    })
  }

  it.scopedLive(
    `F31 Redis ${Object.keys(harms).join(", ")}: no call fails, one request at most for each process and refresh, one when it is well`,
    () =>
      Effect.forEach(
        Object.entries(harms),
        ([what, of]) =>
          Effect.gen(function* () {
            const count = 5
            const vipps = yield* emulator
            const redis = yield* redisServer()
            const [starting, processes] = yield* Effect.timed(fleet(count, { emulator: vipps, redisUrl: redis.url }))
            yield* vipps.setLifetime(Duration.max(lifetime, Duration.times(starting, 0.5)))
            const begun = performance.now()
            assertAllServed(yield* everyGet(processes))
            const { harm, heal } = of(redis)
            yield* harm
            // Until each has refreshed.
            yield* askedUntil(processes, afterTokens(2))
            const mostHarmed = 1 + count * Math.floor((performance.now() - begun) / freshMillis)
            assert.isAtMost((yield* vipps.tokenRequests).length, mostHarmed, what)
            for (const { warnings } of processes) assert.isAtMost(warnings.length, 1, `${what}: ${warnings.join(" ")}`)
            yield* heal
            // A store that failed is tried again after 5 to 10 s; the refresh that follows is the fleet's again.
            yield* askedUntil(processes, (seen, gots) => afterTokens(2)(seen) && tokensOf(gots).size === 1)
            yield* vipps.clearRequests
            const noMoreThanOne = counting(vipps, processes, freshMillis)
            yield* askedUntil(processes, afterTokens(3))
            yield* noMoreThanOne
            // And each ends by itself, also while Redis is out of sorts.
            yield* harm
            for (const { end } of processes) assert.strictEqual(yield* end, 0, what)
          }),
        { concurrency: "unbounded" }
      ),
    beside
  )
})
