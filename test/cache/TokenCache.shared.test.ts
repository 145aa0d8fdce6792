/**
 * docs/architecture.md §5: many processes and one token. Each process is a cache of its own; the store is in memory,
 * the time virtual.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { ages } from "../fixtures/agedToken.js"
import { drawing, outcome, served, text } from "../fixtures/caches.js"
import { atRest, withMovableWall, withQuickTime, withRecordedSleeps } from "../fixtures/passingTime.js"
import { memoryStore, process, processes, storeThat } from "../fixtures/processes.js"
import { delayed, granted, hanging, scriptedFlow, unavailable, wrongKeys } from "../fixtures/scriptedFlow.js"

/** One after the other, each with the store as the one before has left it. */
const each = <A, E>(effects: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.forEach(effects, (one) => Effect.zipLeft(one, atRest))

/** The same, where something has to be waited for: the second between two flights, another look at the store. */
const soon = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(1500)
    return yield* Fiber.join(fiber)
  })

const all = <A, E>(effects: ReadonlyArray<Effect.Effect<A, E>>) => Effect.all(effects, { concurrency: "unbounded" })

describe("fifty processes", () => {
  it.scoped("that start together on a cold store make one request", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.otherwise(delayed("2 seconds", granted("1 hour")))
        const sources = yield* processes(50, flow, yield* memoryStore)
        const tokens = yield* Effect.fork(all(sources.map(served)))
        yield* passTime(2251)
        assert.deepStrictEqual(new Set(yield* Fiber.join(tokens)), new Set(["scripted-1"]))
        assert.strictEqual(flow.sentAt.length, 1)
      })
    )
  )

  it.scoped("make one request for each refresh", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.otherwise(delayed("300 millis", granted("1 hour")))
        const sources = yield* processes(50, flow, yield* memoryStore)
        const cold = yield* Effect.fork(all(sources.map(served)))
        yield* passTime("1 second")
        yield* Fiber.join(cold)
        for (let refresh = 1; refresh <= 3; refresh++) {
          // Due from three quarters of the life on; the last of fifty has looked an eighth later.
          yield* passTime("54 minutes")
          assert.deepStrictEqual(new Set(yield* all(sources.map(served))), new Set([`scripted-${refresh + 1}`]))
          assert.strictEqual(flow.sentAt.length, refresh + 1)
        }
      })
    )
  )

  it.scoped("with wrong keys make one refused request for each hold", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.otherwise(wrongKeys)
      const sources = yield* processes(50, flow, yield* memoryStore).pipe(drawing(0.5))
      const everybody = Effect.gen(function* () {
        const outcomes = yield* Effect.fork(all(sources.map(outcome)))
        yield* TestClock.adjust(200)
        return new Set(yield* Fiber.join(outcomes))
      })
      assert.deepStrictEqual(yield* everybody, new Set(["InvalidCredentials"]))
      assert.strictEqual(flow.sentAt.length, 1)
      // 10 s × ¾, for the process that requested and for those that were told.
      yield* TestClock.adjust(7000)
      assert.deepStrictEqual(yield* everybody, new Set(["InvalidCredentials"]))
      assert.strictEqual(flow.sentAt.length, 1)
      yield* TestClock.adjust(200)
      assert.deepStrictEqual(yield* everybody, new Set(["InvalidCredentials"]))
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("share the minutes of a hold while they have a token", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        const sources = yield* processes(50, flow, yield* memoryStore)
        const cold = yield* Effect.fork(all(sources.map(served)))
        yield* passTime("1 second")
        yield* Fiber.join(cold)
        flow.otherwise(wrongKeys)
        yield* passTime(ages.expired - 60_000)
        assert.deepStrictEqual(new Set(yield* all(sources.map(served))), new Set(["scripted-1"]))
        // One process alone makes about as many: a back-off is a quarter of the time left, at least half of it.
        assert.isBelow(flow.sentAt.length, 20)
      })
    )
  )
})

describe("a process", () => {
  it.scoped("takes over a token with the life that it has left, whatever it says of its own clock", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const first = yield* (yield* process(flow, store)).get
      yield* TestClock.adjust("10 minutes")
      const second = yield* (yield* process(flow, store)).get
      assert.strictEqual(text(second), text(first))
      assert.strictEqual(second.issuedAt.epochMillis, first.issuedAt.epochMillis)
      // Less the time by which a write may have been late.
      assert.strictEqual(second.expiresAt.epochMillis, first.expiresAt.epochMillis - 3000)
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  it.scoped("that the store answers slowly does not take a token over for any longer", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const first = yield* (yield* process(flow, store)).get
      const slow = storeThat((of) => Effect.zipLeft(of, Effect.sleep("200 millis")), store)
      const second = yield* Effect.fork((yield* process(flow, slow)).get)
      yield* TestClock.adjust("1 second")
      assert.isAtMost((yield* Fiber.join(second)).expiresAt.epochMillis, first.expiresAt.epochMillis - 3000)
    })
  )

  it.scoped("that the store answers slowly about a token that is over by then asks for another one", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      yield* Effect.scoped(Effect.flatMap(process(flow, store), (first) => first.get))
      yield* TestClock.adjust(3_597_000 - 100)
      const slow = storeThat((of) => Effect.zipLeft(of, Effect.sleep("200 millis")), store)
      const second = yield* Effect.fork(outcome(yield* process(flow, slow)))
      yield* TestClock.adjust("2 seconds")
      assert.match(yield* Fiber.join(second), /^scripted-/)
      assert.notStrictEqual(yield* Fiber.join(second), "scripted-1")
    })
  )

  it.scoped("whose clock is an hour off shares a token for its whole life, and neither serves it expired", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.next(granted("1 hour"))
      flow.otherwise(unavailable())
      yield* TestClock.adjust("1 day")
      const store = yield* memoryStore
      const aheadOf = (millis: number) =>
        withMovableWall((moveWall) => Effect.zipRight(moveWall(millis), process(flow, store)))
      const sources = [yield* aheadOf(0), yield* aheadOf(3_600_000), yield* aheadOf(-3_600_000)]
      assert.deepStrictEqual(yield* each(sources.map(served)), ["scripted-1", "scripted-1", "scripted-1"])
      assert.strictEqual(flow.sentAt.length, 1)
      yield* TestClock.adjust(3_595_000)
      assert.deepStrictEqual(yield* soon(all(sources.map(outcome))), ["scripted-1", "scripted-1", "scripted-1"])
      yield* TestClock.adjust(3500)
      const late = yield* Effect.fork(all(sources.map(outcome)))
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(yield* Fiber.join(late), ["Expired", "Expired", "Expired"])
    })
  )

  it.scoped("F32 takes a dead owner's lease when it is over", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      yield* store.claim(flow.key, { owner: "dead", duration: Duration.seconds(3) }, [])
      const source = yield* process(flow, store)
      const waiting = yield* Effect.fork(served(source))
      yield* TestClock.adjust(2999)
      assert.strictEqual(flow.sentAt.length, 0)
      yield* TestClock.adjust(251)
      assert.strictEqual(yield* Fiber.join(waiting), "scripted-1")
    })
  )

  it.scoped("keeps its lease for longer than one, while the others have a token", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const sources = yield* processes(3, flow, yield* memoryStore).pipe(drawing(0))
      yield* each(sources.map(served))
      flow.otherwise(delayed("6 seconds", granted("1 hour")))
      yield* TestClock.adjust(ages.due)
      yield* TestClock.adjust("7 seconds")
      assert.deepStrictEqual(yield* all(sources.map(served)), ["scripted-2", "scripted-2", "scripted-2"])
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("that has lost its lease does not go on renewing it", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.otherwise(delayed("12 seconds", granted("1 hour")))
      const store = yield* memoryStore
      let renewals = 0
      const counting = {
        ...store,
        renew: (...args: Parameters<typeof store.renew>) => {
          renewals += 1
          return store.renew(...args)
        }
      }
      yield* Effect.fork((yield* process(flow, counting)).get)
      yield* TestClock.adjust("2500 millis")
      assert.strictEqual(renewals, 2)
      yield* store.seize(flow.key, { owner: "other", duration: Duration.minutes(1) })
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(renewals, 3)
    })
  )

  it.scoped("that ends gives its lease back at once", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.next(hanging)
      const store = yield* memoryStore
      const scope = yield* Scope.make()
      const ending = yield* Scope.extend(process(flow, store), scope)
      yield* Effect.fork(Effect.exit(ending.get))
      yield* atRest
      assert.strictEqual(
        (yield* store.claim(flow.key, { owner: "other", duration: Duration.seconds(3) }, []))._tag,
        "Busy"
      )
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-2")
    })
  )

  it.scoped("with a token serves it while another has the lease", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const [one, other] = yield* processes(2, flow, store).pipe(drawing(0))
      assert(one !== undefined && other !== undefined)
      yield* each([one.get, other.get])
      flow.otherwise(hanging)
      yield* TestClock.adjust(ages.due)
      assert.deepStrictEqual(yield* all([served(one), served(other)]), ["scripted-1", "scripted-1"])
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("asks by itself for another's failure neither at once nor for longer than it must (C20)", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const [asking, needy] = yield* processes(2, flow, store).pipe(drawing(0))
      assert(asking !== undefined && needy !== undefined)
      const [token] = yield* each([needy.get, asking.get])
      assert(token !== undefined)
      yield* needy.invalidate(token)
      flow.otherwise(wrongKeys)
      // Three quarters of a life of an hour, less the time by which a write may have been late.
      yield* TestClock.adjust(0.75 * 3_597_000)
      assert.strictEqual(flow.sentAt.length, 2, "the one with a token has asked, and holds back for minutes")
      assert.strictEqual(yield* outcome(needy), "InvalidCredentials")
      assert.strictEqual(flow.sentAt.length, 2)
      flow.otherwise(granted("1 hour"))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* outcome(needy), "scripted-3")
    })
  )

  it.scoped("says whose failure it is by its own label", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const [one, other] = [scriptedFlow({ label: "one", key: "same" }), scriptedFlow({ label: "other", key: "same" })]
      one.otherwise(wrongKeys)
      yield* each([Effect.flip((yield* process(one, store)).get)])
      const error = yield* Effect.flip((yield* process(other, store)).get)
      assert.strictEqual(error.label, "other")
      assert.strictEqual(error._tag, "InvalidCredentials")
      assert.strictEqual(other.sentAt.length, 0)
    })
  )
})

describe("an invalidated token", () => {
  it.scoped("is not handed to others, nor back", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const source = yield* process(flow, store)
      // At once, and once the others know of it.
      yield* source.invalidate(yield* source.get)
      yield* atRest
      assert.isTrue(Option.isNone(yield* store.read(flow.key)))
      yield* source.invalidate(yield* soon(source.get))
      assert.strictEqual(yield* soon(served(yield* process(flow, store))), "scripted-3")
      assert.strictEqual(yield* soon(served(source)), "scripted-3")
      assert.strictEqual(flow.sentAt.length, 3)
    })
  )

  it.scoped("F9 takes no other token out of the store", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const [slow, quick] = yield* processes(2, flow, store)
      assert(slow !== undefined && quick !== undefined)
      const [old] = yield* each([slow.get, quick.get])
      assert(old !== undefined)
      yield* each([quick.refresh])
      yield* slow.invalidate(old)
      assert.strictEqual(yield* soon(served(slow)), "scripted-2")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )
})

describe("refresh", () => {
  it.scoped("goes past token and lease, and is for all", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const source = yield* process(flow, store)
      yield* each([source.get])
      const { stamp } = Option.getOrThrow(yield* store.read(flow.key))
      yield* store.claim(flow.key, { owner: "other", duration: Duration.minutes(1) }, [stamp])
      assert.deepStrictEqual((yield* each([source.refresh])).map(text), ["scripted-2"])
      assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-2")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("F8 adopts no token that another process requested before, where it shares a flight that waits", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const [source, other] = yield* processes(2, flow, yield* memoryStore)
      assert(source !== undefined && other !== undefined)
      yield* source.invalidate(yield* source.get)
      // It waits for a second since the first flight.
      const waiting = yield* Effect.fork(served(source))
      yield* TestClock.adjust(500)
      assert.strictEqual(yield* served(other), "scripted-2")
      yield* TestClock.adjust(100)
      const refreshed = yield* Effect.fork(Effect.map(source.refresh, text))
      yield* TestClock.adjust(400)
      assert.strictEqual(yield* Fiber.join(refreshed), "scripted-3")
      assert.strictEqual(yield* Fiber.join(waiting), "scripted-3")
      assert.deepStrictEqual(flow.sentAt, [0, 500, 1000])
    })
  )
})

describe("on demand", () => {
  it.scoped("processes share a token as well, and leave no timer behind", () =>
    withRecordedSleeps((_, open) =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        const sources = yield* processes(10, flow, yield* memoryStore, { mode: "onDemand" })
        const tokens = yield* Effect.fork(all(sources.map(served)))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(new Set(yield* Fiber.join(tokens)), new Set(["scripted-1"]))
        assert.strictEqual(flow.sentAt.length, 1)
        assert.strictEqual(open(), 0)
      })
    )
  )
})

describe("what is in the store", () => {
  it.scoped("F34 is never there for ever: tokens, failures and leases all have an end", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const times: Array<number> = []
      const recording = {
        ...store,
        write: (...args: Parameters<typeof store.write>) => {
          times.push(Duration.toMillis(args[3]))
          return store.write(...args)
        }
      }
      for (const life of ["1 hour", "3 seconds", "1 second", Duration.infinity, "400 days"] as const) {
        flow.next(granted(life))
        yield* each([(yield* process(flow, recording)).refresh])
      }
      const year = 365 * 24 * 3_600_000 - 3000
      assert.deepStrictEqual(times, [3_597_000, year, year])
    })
  )

  it.scoped("F31 counts as absent where it cannot be read", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const madeAtMillis = 0
      const good = { version: 1, flow: "standard", token: "good", lifeMillis: 3_600_000, madeAtMillis }
      const junk = [
        "",
        "{",
        "null",
        "[]",
        '{"version":2}',
        "<redacted>",
        ...[{ token: "a b" }, { lifeMillis: undefined }, { flow: "specialized" }, { madeAtMillis: undefined }].map(
          (change) => JSON.stringify({ ...good, ...change })
        )
      ]
      for (const [index, content] of junk.entries()) {
        const owner = `owner-${index}`
        yield* store.seize(flow.key, { owner, duration: Duration.seconds(3) })
        yield* store.write(flow.key, owner, Redacted.make(content), Duration.hours(1))
        yield* store.seize(flow.key, { owner, duration: Duration.seconds(3) })
        yield* store.writeFailure(flow.key, owner, Redacted.make(content), Duration.hours(1))
        const sources = yield* processes(2, flow, store)
        assert.deepStrictEqual(new Set(yield* each(sources.map(served))), new Set([`scripted-${index + 1}`]), content)
      }
    })
  )
})
