/**
 * The flights of a cache that are in the air: each a fiber and a span. Each lands once, whoever comes first: its
 * own fiber, the end of its budget, or the end of the cache.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { RefreshPolicy } from "../../RefreshPolicy.js"
import { Unavailable } from "../../TokenError.js"
import { attempts, noAnswer } from "./flightAttempts.js"
import { budgetForEach, budgetsTogether } from "./flightBudgets.js"
import type { FlightShare, Granted, Refused, SharedTokens } from "./sharing.js"
import type { KeyState, RunningFlight, TokenEntry } from "./tokenEntry.js"
import type { TokenEntries } from "./tokenRegistry.js"

/** The span of the caller that began a flight: linked, not its parent. */
export type StartedBy = Option.Option<Tracer.AnySpan>

/** What is to be done when a flight has ended, whatever it came to. */
export type OnEnd = Effect.Effect<void>

export interface FlightPlan {
  readonly entry: TokenEntry
  readonly flight: RunningFlight
  /** Before it asks, and before its budget begins. */
  readonly waitMillis: number
  readonly startedBy: StartedBy
  /** A forced flight goes past what other processes have. */
  readonly forced: boolean
  readonly onEnd: OnEnd
  /** Writes down what it came to, and answers the state that it leaves. */
  readonly settle: (outcome: Either.Either<Granted, Refused>) => Effect.Effect<KeyState>
}

/**
 * The place of a flight in the airspace, empty from its end on. V8 remembers what was deleted from a `Set` until it collects
 * all garbage; the flight itself, kilobytes of it, would grow old with its place.
 */
interface Slot {
  flying: Flying | undefined
}

/** A flight in the air. */
interface Flying extends FlightPlan {
  readonly span: Tracer.Span
  /** The fiber that asks, and from its landing on the one that lands it. */
  fiber: Fiber.RuntimeFiber<unknown, unknown>
  landed: boolean
  share: FlightShare | undefined
  endBudget: () => void
}

/** Lets flights fly until the scope closes. */
export const makeAirspace = (
  entries: TokenEntries,
  policy: Context.Tag.Service<typeof RefreshPolicy>,
  shared: SharedTokens
): Effect.Effect<(plan: FlightPlan) => Effect.Effect<void>, never, Scope.Scope> =>
  Effect.gen(function* () {
    // Interruptible, wherever the cache is made.
    const runtime = Runtime.enableRuntimeFlag(yield* Effect.runtime<never>(), RuntimeFlags.Interruption)
    const clock = yield* Effect.clock
    const budgets =
      policy.mode === "onDemand"
        ? budgetForEach(policy.requestBudget, runtime)
        : budgetsTogether(policy.requestBudget, entries.clock, runtime, yield* Effect.scope)
    const budgetMillis = Duration.toMillis(policy.requestBudget)
    const slots = new Set<Slot>()

    const fly = (plan: FlightPlan): Effect.Effect<void> =>
      Effect.flatMap(spanOf(plan), (span) =>
        Effect.withFiberRuntime<void>((fiber) => {
          const flying: Flying = { ...plan, span, fiber, landed: false, share: undefined, endBudget: () => {} }
          const slot: Slot = { flying }
          slots.add(slot)
          return Effect.zipRight(inSpan(span), ask(slot, flying))
        })
      )

    const ask = (slot: Slot, flying: Flying): Effect.Effect<void> => {
      const { entry, forced, waitMillis } = flying
      const asking = Effect.flatMap(shared.share(entry, forced), (share) => {
        flying.share = share
        flying.endBudget = budgets.begin(overrun(slot))
        const budgetEnds = entries.now().monotonicMillis + budgetMillis
        return Effect.matchCauseEffect(share.ask(attempts(entries, entry, budgetEnds)), {
          onFailure: (cause) => land(slot, Either.left(refusalIn(entry, cause))),
          onSuccess: (granted) => land(slot, Either.right(granted))
        })
      })
      return waitMillis > 0 ? Effect.zipRight(Effect.sleep(Duration.millis(waitMillis)), asking) : asking
    }

    /** In a fiber of its own: the one that asks may not be interruptible. */
    const overrun = (slot: Slot): Effect.Effect<void> =>
      Effect.sync(() => {
        if (slot.flying === undefined) return
        const { entry, fiber, span } = slot.flying
        const { label, name } = entry.flow
        const refused = { error: new Unavailable({ flow: name, label, reason: "timeout" }) }
        Runtime.runFork(runtime)(Effect.zipRight(inSpan(span), land(slot, Either.left(refused))))
        fiber.unsafeInterruptAsFork(FiberId.none)
      })

    const land = (slot: Slot, outcome: Either.Either<Granted, Refused>): Effect.Effect<void> =>
      Effect.withFiberRuntime<void>((fiber) => {
        const { flying } = slot
        if (flying === undefined || flying.landed) return Effect.void
        flying.landed = true
        flying.fiber = fiber
        flying.endBudget()
        // Both, or neither: a process that ends with its first token has made it for the others as well.
        const settled = Effect.flatMap(
          flying.settle(outcome),
          (state) => flying.share?.tell(state, flying.flight.generation) ?? Effect.void
        )
        return Effect.matchCauseEffect(settled, {
          // Where a logger throws: its place would be lost to the refresh fiber for good (F11).
          onFailure: (cause) => Effect.zipRight(leave(slot, flying, Exit.void), Effect.failCause(cause)),
          onSuccess: () => leave(slot, flying, Exit.void)
        })
      }).pipe(Effect.uninterruptible)

    const leave = (slot: Slot, flying: Flying, exit: Exit.Exit<void>): Effect.Effect<void> =>
      Effect.zipRight(
        flying.share?.leave ?? Effect.void,
        Effect.suspend(() => {
          flying.span.end(clock.unsafeCurrentTimeNanos(), exit)
          slots.delete(slot)
          slot.flying = undefined
          return flying.onEnd
        })
      )

    /** The cache no longer knows an entry that was forgotten meanwhile, so its callers are let go of here. */
    const cut = (slot: Slot): Effect.Effect<void> =>
      Effect.suspend(() => {
        const { flying } = slot
        if (flying === undefined) return Effect.void
        const { entry, fiber } = flying
        if (flying.landed) return Fiber.await(fiber)
        flying.landed = true
        flying.endBudget()
        fiber.unsafeInterruptAsFork(FiberId.none)
        return Effect.zipRight(entry.release, leave(slot, flying, Exit.interrupt(FiberId.none)))
      })

    yield* Effect.addFinalizer(() =>
      Effect.forEach(Array.from(slots), cut, { concurrency: "unbounded", discard: true })
    )

    return (plan) =>
      Effect.sync(() => {
        Runtime.runFork(runtime)(fly(plan))
      })
  })

const spanOf = ({ entry: { flow }, startedBy }: FlightPlan): Effect.Effect<Tracer.Span> =>
  Effect.makeSpan("TokenCache.refresh", {
    root: true,
    links: Option.isNone(startedBy) ? [] : [{ _tag: "SpanLink", span: startedBy.value, attributes: {} }],
    attributes: { "vipps.flow": flow.name, "vipps.label": flow.label },
    captureStackTrace: false
  })

/** All that a fiber does from here on is done in a span. It is the flight's own, so there is nothing to restore. */
const inSpan = (span: Tracer.Span): Effect.Effect<void> =>
  FiberRef.update(FiberRef.currentContext, (context) => Context.add(context, Tracer.ParentSpan, span))

const refusalIn = ({ flow }: TokenEntry, cause: Cause.Cause<Refused>): Refused =>
  Option.getOrElse(Cause.failureOption(cause), () => ({ error: noAnswer(flow) }))
