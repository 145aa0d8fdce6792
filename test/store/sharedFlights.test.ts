/** Flights beside processes and stores that bring nothing: virtual time, each process a cache of its own. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type { TokenStoreService } from "../../src/TokenStore.js"
import { ages } from "../fixtures/agedToken.js"
import { drawing, outcome, served } from "../fixtures/caches.js"
import { atRest } from "../fixtures/passingTime.js"
import { memoryStore, process, processes, storeThat, unreachable } from "../fixtures/processes.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import {
  delayed,
  granted,
  hanging,
  rateLimited,
  scriptedFlow,
  unavailable,
  wrongKeys
} from "../fixtures/scriptedFlow.js"

/** Somebody who owns the lease of the key, for ever. */
const renewedForEver = (
  store: TokenStoreService,
  { key }: { readonly key: Parameters<TokenStoreService["seize"]>[0] }
) => store.seize(key, { owner: "somebody", duration: Duration.infinity })

const within = <A, E>(millis: number, effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(millis)
    return yield* Fiber.join(fiber)
  })

const warningsIn = (logs: ReadonlyArray<{ readonly level: string; readonly message: string }>) =>
  logs.filter(({ level }) => level === "WARN").map(({ message }) => message)

describe("F61 a process without a token", () => {
  it.scoped("waits for a lease for one that hangs at Vipps, and what it brings is for all", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.next(hanging)
      const store = yield* memoryStore
      const [first, second, third] = yield* processes(3, flow, store)
      assert(first !== undefined && second !== undefined && third !== undefined)
      yield* Effect.fork(Effect.exit(first.get))
      yield* atRest
      const waiting = yield* Effect.fork(served(second))
      yield* TestClock.adjust(2900)
      assert.strictEqual(flow.sentAt.length, 1)
      yield* TestClock.adjust(100)
      assert.strictEqual(yield* Fiber.join(waiting), "scripted-2")
      yield* atRest
      // The one that hangs would still own the lease for twelve seconds.
      assert.strictEqual(yield* served(third), "scripted-2")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("waits for a lease where somebody renews a lease for ever, and warns once", () => {
    const { logs, recorded } = recordingLogs()
    return recorded(
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.otherwise(granted("1 minute"))
        const store = storeThat((of) => of, yield* memoryStore)
        yield* renewedForEver(store, flow)
        const stubborn = { ...store, seize: () => Effect.void, renew: () => Effect.succeed(true) }
        const source = yield* process(flow, stubborn)
        assert.strictEqual(yield* within(3000, served(source)), "scripted-1")
        // Through several refreshes, each in the background.
        for (let minute = 1; minute <= 10; minute++) {
          yield* TestClock.adjust(15_000)
          // A moment before the token's end it waits for the next one.
          yield* within(5000, served(source))
        }
        assert.isAtLeast(flow.sentAt.length, 4)
        assert.strictEqual(warningsIn(logs).length, 1)
        assert.match(warningsIn(logs)[0] ?? "", /another process has the lease of this key/)
      })
    )
  })

  it.scoped("requests a token within a budget that is shorter than a lease", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      yield* renewedForEver(store, flow)
      const source = yield* process(flow, store, { requestBudget: "2 seconds" })
      assert.strictEqual(yield* within(1000, served(source)), "scripted-1")
    })
  )

  it.scoped("waits for a lease in all, whoever owns it", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      // Owners that come and go, and never leave the lease free for long enough to be seen.
      const seized = store.seize(flow.key, { owner: `${Math.random()}`, duration: Duration.seconds(3) })
      yield* seized
      yield* Effect.forkScoped(Effect.forever(Effect.delay(seized, 40)))
      const source = yield* process(flow, store)
      assert.strictEqual(yield* within(3000, served(source)), "scripted-1")
    })
  )
})

describe("F61 a process with a token", () => {
  it.scoped("serves it while it waits, and refreshes by itself in the second half of its budget", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const source = yield* process(flow, store).pipe(drawing(0))
      assert.strictEqual(yield* served(source), "scripted-1")
      yield* atRest
      yield* renewedForEver(store, flow)
      yield* TestClock.adjust(ages.due + 7400)
      assert.strictEqual(yield* served(source), "scripted-1")
      assert.strictEqual(flow.sentAt.length, 1)
      yield* TestClock.adjust(200)
      assert.strictEqual(yield* served(source), "scripted-2")
      yield* atRest
      assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-2")
    })
  )
})

describe("a process that requests without the lease", () => {
  it.scoped("writes no failure: the lease is another's", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.otherwise(rateLimited("1 minute"))
      const store = yield* memoryStore
      yield* renewedForEver(store, flow)
      assert.strictEqual(yield* within(3000, outcome(yield* process(flow, store))), "RateLimited")
      yield* atRest
      assert.strictEqual((yield* store.claim(flow.key, { owner: "B", duration: Duration.seconds(3) }, []))._tag, "Busy")
    })
  )

  it.scoped("shares its token in place of the failure that the lease's owner has written meanwhile", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      flow.next(delayed("6 seconds", rateLimited("5 minutes")), delayed("4 seconds", granted("1 hour")))
      const [one, other] = yield* processes(2, flow, store)
      assert(one !== undefined && other !== undefined)
      const first = yield* Effect.fork(outcome(one))
      yield* TestClock.adjust(100)
      const second = yield* Effect.fork(outcome(other))
      yield* TestClock.adjust("8 seconds")
      assert.strictEqual(yield* Fiber.join(first), "RateLimited")
      assert.strictEqual(yield* Fiber.join(second), "scripted-2")
      yield* atRest
      assert.strictEqual(yield* within(1000, outcome(yield* process(flow, store))), "scripted-2")
    })
  )

  it.scoped("leaves a token alone that came from another meanwhile", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.otherwise(delayed("1 second", granted("1 hour")))
      const store = yield* memoryStore
      yield* renewedForEver(store, flow)
      const [one, other] = yield* processes(2, flow, store)
      assert(one !== undefined && other !== undefined)
      const first = yield* Effect.fork(served(one))
      yield* TestClock.adjust(500)
      const second = yield* Effect.fork(served(other))
      yield* TestClock.adjust(4000)
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], ["scripted-1", "scripted-2"])
      yield* atRest
      assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-1")
    })
  )
})

describe("F72 a failure", () => {
  it.scoped("of one process's network leaves the lease to the next, at once", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      const [sick, healthy] = yield* processes(2, flow, store, { requestBudget: "1 second" })
      assert(sick !== undefined && healthy !== undefined)
      flow.next(unavailable("1 minute"))
      assert.strictEqual(yield* outcome(sick), "Unavailable")
      yield* atRest
      assert.strictEqual(yield* served(healthy), "scripted-2")
    })
  )

  it.scoped("that is Vipps' word on the keys is every process's", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const store = yield* memoryStore
      flow.otherwise(wrongKeys)
      for (const source of yield* processes(3, flow, store)) {
        assert.strictEqual(yield* outcome(source), "InvalidCredentials")
        yield* atRest
      }
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )
})

const ancientToken = '{"version":1,"flow":"standard","madeAtMillis":-1e17,"token":"scripted-1","lifeMillis":60000}'

const endlessFailure = JSON.stringify({
  version: 1,
  flow: "standard",
  // Over by the process's own clock, whatever the server wants.
  madeAtMillis: -1e12,
  error: { _tag: "RateLimited", flow: "standard", label: "another", retryAfter: 1e308 },
  failures: 1,
  random: 0.5,
  keptMillis: 60_000
})

/** Stores of the user's own, broken in ways of their own: each over one that works. */
const broken: Record<string, (store: TokenStoreService) => Partial<Record<keyof TokenStoreService, unknown>>> = {
  "answers the same unreadable entry for ever": () => ({
    claim: () => Effect.succeed({ _tag: "Token", entry: entryOf("garbage", "the same") })
  }),
  "answers the same unreadable failure for ever": () => ({
    claim: () => Effect.succeed({ _tag: "Failure", entry: entryOf("garbage", "the same") })
  }),
  "answers another unreadable entry each time": () => {
    let stamp = 0
    return { claim: () => Effect.sync(() => ({ _tag: "Token", entry: entryOf("garbage", `${++stamp}`) })) }
  },
  "is always busy": () => ({ claim: () => Effect.succeed({ _tag: "Busy" }) }),
  "fails half of the time": (store) => {
    let commands = 0
    return storeThat((of) => Effect.suspend(() => (++commands % 2 === 0 ? of : Effect.fail(unreachable))), store)
  },
  throws: () =>
    everyCommand(() => {
      throw new Error("a defect of the store")
    }),
  "has no commands": () => everyCommand(undefined),
  "answers promises": () => everyCommand(() => Promise.resolve({ _tag: "Leased" })),
  "answers nothing": () => everyCommand(() => undefined),
  "succeeds with rubbish": () => everyCommand(() => Effect.succeed("rubbish")),
  "succeeds with entries of the wrong types": () => ({
    claim: () => Effect.succeed({ _tag: "Token", entry: { content: "plain", stamp: 1, left: "soon" } }),
    read: () => Effect.succeed(Option.some({ content: "plain" }))
  }),
  "has entries that throw": () => ({
    claim: () =>
      Effect.succeed({
        _tag: "Token",
        get entry() {
          throw new Error("a defect of the entry")
        }
      })
  }),
  "answers times that are none": () => ({
    claim: () => Effect.succeed({ _tag: "Token", entry: { ...entryOf("{}", "1"), left: Duration.infinity } })
  }),
  "answers a token that was made before there were dates": () => ({
    claim: () => Effect.succeed({ _tag: "Token", entry: entryOf(ancientToken, "1") }),
    read: () => Effect.succeed(Option.some(entryOf(ancientToken, "1")))
  }),
  "answers a failure whose server asks to wait for ever": () => ({
    claim: () => Effect.succeed({ _tag: "Failure", entry: entryOf(endlessFailure, "1") })
  }),
  "fails with rubbish": () => everyCommand(() => Effect.fail("rubbish")),
  "fails with nothing": () => everyCommand(() => Effect.fail(null)),
  interrupts: () => everyCommand(() => Effect.interrupt),
  "never answers": () => everyCommand(() => Effect.never)
}

const entryOf = (content: string, stamp: string) => ({
  content: Redacted.make(content),
  stamp,
  left: Duration.minutes(30)
})

const everyCommand = (command: unknown) => ({
  claim: command,
  seize: command,
  renew: command,
  write: command,
  writeFailure: command,
  release: command,
  read: command,
  remove: command
})

describe("F69 a store of one's own that", () => {
  for (const [what, breakIt] of Object.entries(broken)) {
    it.scoped(`${what}: the process requests its own tokens, and warns once`, () => {
      const { logs, recorded } = recordingLogs()
      return recorded(
        Effect.gen(function* () {
          const flow = scriptedFlow()
          flow.otherwise(granted("1 minute"))
          const store = yield* memoryStore
          let claims = 0
          const ill = { ...store, ...breakIt(store) } as TokenStoreService
          const counting: TokenStoreService = {
            ...ill,
            claim: (...args) => {
              claims += 1
              return ill.claim(...args)
            }
          }
          const source = yield* process(flow, counting)
          assert.strictEqual(yield* within(3300, served(source)), "scripted-1")
          assert.isBelow(claims, 70)
          const token = yield* source.get
          yield* TestClock.adjust("2 seconds")
          yield* within(1000, source.refresh)
          yield* within(1000, source.invalidate(token))
          // Through some more refreshes, with a token to serve all the time.
          for (let passed = 0; passed < 8; passed++) {
            yield* TestClock.adjust("15 seconds")
            // A moment before the token's end it waits for the next one.
            yield* within(5000, served(source))
          }
          assert.isAtLeast(flow.sentAt.length, 4)
          assert.strictEqual(warningsIn(logs).length, 1, warningsIn(logs).join("\n"))
          assert.match(warningsIn(logs)[0] ?? "", /^Vipps token store( (is|did|returns|cannot) |: another process)/)
          assert.isFalse(logs.some(({ level, message }) => level === "ERROR" || message.includes("unhandled")))
        })
      )
    })
  }
})

describe("F56 a Random that dies", () => {
  const dying: Random.Random = { ...Random.make("unused"), next: Effect.die("no luck") }

  it.scoped("costs no process that waits for another its token", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.next(delayed("1 second", granted("1 hour")))
      const [first, second] = yield* Effect.withRandom(processes(2, flow, yield* memoryStore), dying)
      assert(first !== undefined && second !== undefined)
      yield* Effect.fork(first.get)
      yield* atRest
      assert.strictEqual(yield* within(1500, served(second)), "scripted-1")
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  it.scoped("does not keep a store that fails from being skipped", () => {
    const { logs, recorded } = recordingLogs()
    return recorded(
      Effect.gen(function* () {
        const flow = scriptedFlow()
        const store = storeThat(() => Effect.fail(unreachable), yield* memoryStore)
        const source = yield* Effect.withRandom(process(flow, store), dying)
        assert.strictEqual(yield* within(100, served(source)), "scripted-1")
        assert.strictEqual(warningsIn(logs).length, 1)
      })
    )
  })
})
