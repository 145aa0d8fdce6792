/**
 * C1 to C23 of docs/failures.md: the refresh scenarios of AWS's SDKs, as this cache answers them. C11 to C15 are
 * in TokenCache.softWindow.test.ts.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import {
  ages,
  assertBackOff,
  failingFlight,
  getTaking,
  given,
  givenNone,
  millisUntilNextAttempt
} from "../fixtures/agedToken.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import { delayed, granted, unavailable, wrongKeys } from "../fixtures/scriptedFlow.js"

describe("a token that works", () => {
  it.scoped("C1 fresh: the current token, nobody is asked", () =>
    given(ages.fresh, unavailable(), ({ flow, source }) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
        assert.strictEqual((yield* source.status).phase, "fresh")
        assert.strictEqual(flow.sentAt.length, 1)
      })
    )
  )

  it.scoped("C2 due: the current token at once, the new one after the flight", () =>
    given(ages.due, delayed("1 second", granted("1 hour")), ({ flow, source }) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
        assert.strictEqual((yield* source.status).phase, "refreshDue")
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  )

  for (const [name, answer] of [
    ["C3 due, every attempt fails", unavailable()],
    ["C9 due, an already expired token", granted(0)]
  ] as const) {
    it.scoped(`${name}: the current token, and the back-off starts`, () =>
      given(ages.due, answer, (state) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* getTaking(state.source, 0), "scripted-1")
          assert.strictEqual(state.flow.sentAt.length, 2)
          yield* assertBackOff(state)
          assert.strictEqual(yield* getTaking(state.source, 0), "scripted-1")
        })
      )
    )
  }

  it.scoped("C4 hard window: the new token", () =>
    given(ages.hard, delayed("900 millis", granted("1 hour")), ({ flow, source }) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* source.status).phase, "expiring")
        assert.strictEqual(yield* getTaking(source, 900), "scripted-2")
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  )

  for (const [name, answer] of [
    ["C5 hard window, the attempt fails", unavailable()],
    ["C10 hard window, an already expired token", granted("100 millis")]
  ] as const) {
    it.scoped(`${name}: the current token, and the back-off starts`, () =>
      given(ages.hard, delayed("900 millis", answer), (state) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* getTaking(state.source, 900), "scripted-1")
          assert.strictEqual(state.flow.sentAt.length, 2)
          yield* assertBackOff(state)
        })
      )
    )
  }

  it.scoped(
    "C16 due, wrong keys: the current token, an error in the log and in the status, and the back-off starts",
    () => {
      const { logs, recorded } = recordingLogs()
      return given(ages.due, wrongKeys, (state) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* getTaking(state.source, 0), "scripted-1")
          assert.deepInclude(Option.getOrThrow((yield* state.source.status).lastFailure), {
            _tag: "InvalidCredentials"
          })
          const [error, ...others] = logs.filter(({ level }) => level === "ERROR")
          assert.include(error?.message, "Vipps refuses the client secret")
          assert.isEmpty(others)
          yield* assertBackOff(state)
        })
      ).pipe(recorded)
    }
  )

  it.scoped("C17 hard window, wrong keys: the current token", () =>
    given(ages.hard, wrongKeys, ({ source }) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
        assert.deepInclude(Option.getOrThrow((yield* source.status).lastFailure), { _tag: "InvalidCredentials" })
      })
    )
  )
})

describe("no token that works", () => {
  it.scoped("C6 expired: the new token", () =>
    given(ages.expired, delayed("3 seconds", granted("1 hour")), ({ flow, source }) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* source.status).phase, "expired")
        assert.strictEqual(yield* getTaking(source, 3000), "scripted-2")
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  )

  it.scoped("C7 expired, every attempt fails in passing: Expired, and the back-off starts", () =>
    given(ages.expired, unavailable(), (state) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* getTaking(state.source, failingFlight.millis), "Expired")
        assert.strictEqual(state.flow.sentAt.length, 1 + failingFlight.attempts)
        yield* assertBackOff(state)
      })
    )
  )

  it.scoped("C8 none, every attempt fails: the error; after the hold a new token", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(unavailable())
      assert.strictEqual(yield* getTaking(source, failingFlight.millis), "Unavailable")
      flow.otherwise(granted("1 hour"))
      assert.strictEqual(yield* getTaking(source, 0), "Unavailable")
      yield* TestClock.adjust(yield* millisUntilNextAttempt(source))
      assert.strictEqual(yield* getTaking(source, 0), `scripted-${failingFlight.attempts + 1}`)
    })
  )

  it.scoped("C22 after a failed refresh: no request before the back-off ends, one after it", () =>
    Effect.gen(function* () {
      const state = yield* givenNone(unavailable())
      yield* getTaking(state.source, failingFlight.millis)
      yield* assertBackOff(state)
    })
  )

  it.scoped("C23 none, wrong keys: that error; again at once from memory; asked again after the hold", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(wrongKeys)
      assert.strictEqual(yield* getTaking(source, 0), "InvalidCredentials")
      assert.strictEqual(yield* getTaking(source, 0), "InvalidCredentials")
      assert.strictEqual(flow.sentAt.length, 1)
      const hold = yield* millisUntilNextAttempt(source)
      assert.isAtMost(hold, 5000)
      yield* TestClock.adjust(hold)
      assert.strictEqual(yield* getTaking(source, 0), "InvalidCredentials")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )
})

describe("a token that was rejected", () => {
  it.scoped("C18 fresh, invalidated: the new token", () =>
    given(ages.fresh, granted("1 hour"), ({ flow, source }) =>
      Effect.gen(function* () {
        yield* source.invalidate(yield* source.get)
        assert.strictEqual((yield* source.status).phase, "empty")
        assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  )

  it.scoped("C19 fresh, invalidated, every attempt fails: the error, and never the rejected token", () =>
    given(ages.fresh, unavailable(), (state) =>
      Effect.gen(function* () {
        yield* state.source.invalidate(yield* state.source.get)
        assert.strictEqual(yield* getTaking(state.source, failingFlight.millis), "Unavailable")
        yield* assertBackOff(state)
      })
    )
  )

  it.scoped("C20 invalidated after a failed refresh: the hold is that of a key without a token", () =>
    given(ages.due, unavailable(), ({ flow, source }) =>
      Effect.gen(function* () {
        const token = yield* source.get
        yield* TestClock.adjust("1 second")
        assert.isAbove(yield* millisUntilNextAttempt(source), 60_000)
        yield* source.invalidate(token)
        assert.isAtMost(yield* millisUntilNextAttempt(source), 1000)
        flow.otherwise(granted("1 hour"))
        assert.strictEqual(yield* getTaking(source, 0), "scripted-3")
      })
    )
  )

  it.scoped("C21 invalidated with an older token: the current one, nobody is asked", () =>
    given(ages.fresh, granted("1 hour"), ({ flow, source }) =>
      Effect.gen(function* () {
        const older = yield* source.get
        yield* source.refresh
        yield* source.invalidate(older)
        assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  )
})
