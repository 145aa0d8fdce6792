import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import { currentFiber, guardedRuntimeOf, guardOf, plainGuardOf } from "../../src/internal/http/guardedRequest.js"

const seen = Effect.gen(function* () {
  const context: Context.Context<never> = yield* Effect.context<never>()
  return {
    init: Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
    names: yield* FiberRef.get(Headers.currentRedactedNames)
  }
})

const user = <A, E>(effect: Effect.Effect<A, E>) =>
  effect.pipe(
    Effect.provideService(FetchHttpClient.RequestInit, { keepalive: true, redirect: "follow" }),
    Effect.locally(Headers.currentRedactedNames, ["cookie", "authorization"])
  )
const usual = { init: { keepalive: true, redirect: "follow" as const }, names: ["cookie", "authorization"] }

const guards = { "as it is sent": guardOf, "in Effect's own words": plainGuardOf }

for (const [name, guardOf] of Object.entries(guards)) {
  const inGuard = guardOf(["authorization", "x-secret"])
  const guard = <A, E, R, B, E2, R2>(
    execute: Effect.Effect<A, E, R>,
    handlers: {
      readonly onSuccess: (answer: A) => Effect.Effect<B, E2, R2>
      readonly onFailure: (error: E) => Effect.Effect<B, E2, R2>
    }
  ): Effect.Effect<B, E2, R | R2> => Effect.suspend(() => inGuard(execute, handlers, undefined, currentFiber()))
  const guarded = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    guard(effect, { onSuccess: Effect.succeed, onFailure: Effect.fail })

  describe(`a guarded request, ${name}`, () => {
    it.effect("F36 F37 follows no redirect and redacts its secrets, beside what the user has set", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* user(guarded(seen)), {
          init: { keepalive: true, redirect: "manual" },
          names: ["cookie", "authorization", "x-secret"]
        })
      })
    )

    it.effect("does so where the user has set nothing", () =>
      Effect.gen(function* () {
        const before = yield* seen
        const during = yield* guarded(seen)
        assert.deepStrictEqual(during, { init: { redirect: "manual" }, names: [...before.names, "x-secret"] })
        assert.deepStrictEqual(yield* seen, before)
      })
    )

    for (const [end, effect] of Object.entries({
      success: Effect.void,
      failure: Effect.fail("no"),
      defect: Effect.die("no"),
      interruption: Effect.interrupt
    })) {
      it.effect(`leaves nothing behind in its fiber (${end})`, () =>
        Effect.gen(function* () {
          const exit = yield* Effect.exit(effect)
          const after = yield* user(
            Effect.uninterruptibleMask((restore) =>
              Effect.flatMap(Effect.exit(restore(guarded(effect))), (same) => {
                assert.isTrue(Exit.isSuccess(same) === Exit.isSuccess(exit), String(same))
                return seen
              })
            )
          )
          assert.deepStrictEqual(after, usual)
        })
      )
    }

    it.effect("leaves nothing behind in its fiber for whoever cleans up after an interruption from outside", () =>
      Effect.gen(function* () {
        const sent = yield* Effect.makeLatch()
        const left: Array<unknown> = []
        const cleaningUp = Effect.onInterrupt(guarded(Effect.zipRight(sent.open, Effect.never)), () =>
          Effect.map(seen, (after) => left.push(after))
        )
        const fiber = yield* Effect.fork(user(cleaningUp))
        yield* sent.await
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(left, [usual])
      })
    )

    it.effect("keeps what else was set meanwhile", () =>
      Effect.gen(function* () {
        const other = FiberRef.unsafeMake("before")
        yield* guarded(FiberRef.set(other, "within"))
        assert.strictEqual(yield* FiberRef.get(other), "within")
      })
    )

    it.effect("is as interruptible as its caller", () =>
      Effect.gen(function* () {
        const interruptible = Effect.checkInterruptible(Effect.succeed)
        assert.isTrue(yield* guarded(interruptible))
        assert.isFalse(yield* Effect.uninterruptible(guarded(interruptible)))
      })
    )

    it.effect("hands on outside, as interruptible as its caller", () =>
      Effect.gen(function* () {
        const before = yield* seen
        const outside = Effect.zip(seen, Effect.checkInterruptible(Effect.succeed))
        const handlers = { onSuccess: () => outside, onFailure: () => outside }
        for (const answer of [Effect.succeed("yes"), Effect.fail("no")]) {
          assert.deepStrictEqual(yield* guard(answer, handlers), [before, true])
          assert.deepStrictEqual(yield* Effect.uninterruptible(guard(answer, handlers)), [before, false])
        }
      })
    )
  })
}

describe("a fiber of a guarded request's own", () => {
  const born = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.useSpan("request", (span) =>
      Effect.flatMap(Effect.runtime<never>(), (caller) =>
        Effect.flatten(
          Fiber.await(Runtime.runFork(guardedRuntimeOf(["authorization", "x-secret"])(caller, span))(effect))
        )
      )
    )

  it.effect("F36 F37 is born with the guard, beside what the user has set, and its caller has none of it", () =>
    Effect.gen(function* () {
      const [during, after] = yield* user(Effect.zip(born(seen), seen))
      assert.deepStrictEqual(during, {
        init: { keepalive: true, redirect: "manual" },
        names: ["cookie", "authorization", "x-secret"]
      })
      assert.deepStrictEqual(after, usual)
    })
  )

  it.effect("is a part of the request's span", () =>
    Effect.gen(function* () {
      const span = yield* born(Effect.currentSpan)
      assert.strictEqual(span.name, "request")
    })
  )

  it.effect("F36 does not log how it ends", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* born(FiberRef.get(FiberRef.unhandledErrorLogLevel)), Option.none())
    })
  )

  it.effect("is as interruptible as its caller", () =>
    Effect.gen(function* () {
      const interruptible = Effect.checkInterruptible(Effect.succeed)
      assert.isTrue(yield* born(interruptible))
      assert.isFalse(yield* Effect.uninterruptible(born(interruptible)))
    })
  )
})
