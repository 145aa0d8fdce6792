/** F31: a store that is down, slow or broken costs requests and one warning, and nothing else. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { TokenStoreError } from "../../src/TokenStore.js"
import { drawing, served } from "../fixtures/caches.js"
import { atRest } from "../fixtures/passingTime.js"
import { memoryStore, process, processes, storeThat, unreachable } from "../fixtures/processes.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import { delayed, granted, scriptedFlow } from "../fixtures/scriptedFlow.js"

type Command = <A>(of: Effect.Effect<A, TokenStoreError>) => Effect.Effect<A, TokenStoreError>

const ailments: Record<string, Command> = {
  "fails at once": () => Effect.fail(unreachable),
  "never answers": () => Effect.never,
  "never answers, and cannot be interrupted": () => Effect.uninterruptible(Effect.never),
  "answers too late": (command) => Effect.delay(command, "251 millis"),
  dies: () => Effect.dieMessage("a defect of the store"),
  "interrupts itself": () => Effect.interrupt
}

describe("F31 a store that", () => {
  for (const [ailment, command] of Object.entries(ailments)) {
    it.scoped(`${ailment}: each process requests its own token, and warns once`, () => {
      const { logs, recorded } = recordingLogs()
      return recorded(
        Effect.gen(function* () {
          const flow = scriptedFlow()
          const sources = yield* processes(3, flow, storeThat(command, yield* memoryStore))
          const tokens = yield* Effect.fork(Effect.all(sources.map(served), { concurrency: "unbounded" }))
          // 250 ms, in steps as small as those in which the store is waited for, and some more for a machine that is
          // busy.
          yield* Effect.repeatN(TestClock.adjust(10), 29)
          assert.deepStrictEqual(
            new Set(yield* Fiber.join(tokens)),
            new Set(["scripted-1", "scripted-2", "scripted-3"])
          )
          // Through three refreshes of each.
          yield* TestClock.adjust("100 minutes")
          const warnings = logs.filter(({ level }) => level === "WARN")
          assert.strictEqual(warnings.length, 3)
          for (const { message } of warnings) {
            assert.match(
              message,
              /^Vipps token store .+\. Until it recovers this process requests its own tokens; .+\.$/
            )
          }
          // Nor does anything say more, at any level: what a store of the user's own dies of may hold anything.
          assert.isFalse(logs.some(({ level, message }) => level === "ERROR" || message.includes("unhandled")))
          yield* Effect.all(sources.map(served))
        })
      )
    })
  }

  it.scoped("has failed is skipped for 5 to 10 seconds, and has recovered after three commands in a row", () => {
    const { logs, recorded } = recordingLogs()
    return recorded(
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.otherwise(granted("1 minute"))
        let down = true
        let commands = 0
        const command: Command = (of) => {
          commands += 1
          return down ? Effect.fail(unreachable) : of
        }
        const store = yield* memoryStore
        const source = yield* process(flow, storeThat(command, store)).pipe(drawing(0))
        yield* source.get
        assert.strictEqual(commands, 1)
        yield* TestClock.adjust(4999)
        yield* source.refresh
        assert.strictEqual(commands, 1, "skipped")
        yield* TestClock.adjust(1)
        yield* source.refresh
        assert.strictEqual(commands, 2, "tried again")
        yield* TestClock.adjust(5000)
        down = false
        // Seized and written; a store that fails every third time has not recovered.
        yield* source.refresh
        yield* atRest
        assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-4")
        down = true
        yield* TestClock.adjust("1 second")
        yield* source.refresh
        down = false
        yield* TestClock.adjust("5 seconds")
        yield* source.refresh
        yield* TestClock.adjust("1 second")
        yield* source.refresh
        yield* atRest
        down = true
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(
          logs.filter(({ level }) => level !== "DEBUG").map(({ level }) => level),
          ["WARN", "INFO", "WARN"],
          "one warning for each outage"
        )
      })
    )
  })

  it.scoped("fails while a process waits for another lets it request its own token", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.next(delayed("10 seconds", granted("1 hour")))
      let down = false
      const store = storeThat((of) => (down ? Effect.fail(unreachable) : of), yield* memoryStore)
      const [asking, waiting] = yield* processes(2, flow, store)
      assert(asking !== undefined && waiting !== undefined)
      const first = yield* Effect.fork(served(asking))
      yield* atRest
      const second = yield* Effect.fork(served(waiting))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(flow.sentAt.length, 1)
      down = true
      yield* TestClock.adjust(250)
      assert.strictEqual(yield* Fiber.join(second), "scripted-2")
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* Fiber.join(first), "scripted-1")
    })
  )

  it.scoped("is slow when the cache closes gets its lease back, without a warning", () => {
    const { logs, recorded } = recordingLogs()
    return recorded(
      Effect.gen(function* () {
        const flow = scriptedFlow()
        const store = yield* memoryStore
        const scope = yield* Scope.make()
        const source = yield* Scope.extend(
          process(
            flow,
            storeThat((of) => Effect.delay(of, 100), store)
          ),
          scope
        )
        yield* Effect.fork(Effect.exit(source.get))
        yield* atRest
        const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
        yield* TestClock.adjust(500)
        yield* Fiber.join(closing)
        assert.strictEqual(flow.sentAt.length, 0)
        assert.strictEqual(yield* served(yield* process(flow, store)), "scripted-1")
        assert.isFalse(logs.some(({ level }) => level === "WARN"))
      })
    )
  })
})
