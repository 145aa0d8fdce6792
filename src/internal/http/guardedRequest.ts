/**
 * How every request with a secret in it is sent: no redirect is followed, and no secret is shown in its span.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { rememberLast } from "./rememberLast.js"

type Names = ReadonlyArray<string | RegExp>

/** What follows a request, outside the guard. Told what the request is about, so that no closure is made for each. */
interface Handlers<About, A, E, B, E2, R2> {
  readonly onSuccess: (answer: A, about: About) => Effect.Effect<B, E2, R2>
  readonly onFailure: (error: E, about: About) => Effect.Effect<B, E2, R2>
}

/** Sends a request within the guard of the fiber that calls it. */
type Guarded = <About, A, E, R, B, E2, R2>(
  execute: Effect.Effect<A, E, R>,
  handlers: Handlers<About, A, E, B, E2, R2>,
  about: About,
  fiber: AnyFiber
) => Effect.Effect<B, E2, R | R2>

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** The fiber that calls this: `Effect.withFiberRuntime` without an effect of its own. */
export const currentFiber = (): AnyFiber => Option.getOrThrow(Fiber.getCurrentFiber())

/**
 * `fetch` follows redirects with all headers, so with our secrets; undici and node:http never do (F37). Spans show all
 * headers but those whose names are redacted.
 *
 * It does what `plainGuardOf` says, with fewer effects and less garbage, since each request through a client pays for it:
 * `through` and `by hand` in table C of bench.
 */
export const guardOf = (secretNames: Names): Guarded => {
  const plainly = plainGuardOf(secretNames)
  const namesWithin = rememberLast(namesWith(secretNames))
  const contextWithin = rememberLast(withoutRedirects)

  return (execute, handlers, about, fiber) => {
    if (!isOpen(fiber)) return plainly(execute, handlers, about, fiber)
    const outside = fiber._fiberRefs
    const context = fiber.currentContext
    const names = fiber.getFiberRef(Headers.currentRedactedNames)
    const interruptible = RuntimeFlags.interruptible(fiber.currentRuntimeFlags)
    const guarded = Effect.matchCauseEffect(restored(interruptible, execute), {
      onSuccess: (answer) => {
        leave(fiber, outside, context, names)
        return restored(interruptible, handlers.onSuccess(answer, about))
      },
      onFailure: (cause) => {
        leave(fiber, outside, context, names)
        return Either.match(Cause.failureOrCause(cause), {
          onLeft: (error) => restored(interruptible, handlers.onFailure(error, about)),
          onRight: Effect.failCause
        })
      }
    })
    setGuard(fiber, contextWithin(context), namesWithin(names))
    // The guard is taken off whatever happens, also from a fiber that is interrupted.
    return interruptible ? Effect.uninterruptible(guarded) : guarded
  }
}

/** The same in Effect's own words. */
export const plainGuardOf = (secretNames: Names): Guarded => {
  const within = namesWith(secretNames)
  return (execute, handlers, about) =>
    execute.pipe(
      Effect.locallyWith(Headers.currentRedactedNames, within),
      Effect.locallyWith(FiberRef.currentContext, withoutRedirects),
      Effect.matchEffect({
        onSuccess: (answer) => handlers.onSuccess(answer, about),
        onFailure: (error) => handlers.onFailure(error, about)
      })
    )
}

const restored = <A, E, R>(interruptible: boolean, next: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  interruptible && !Exit.isExit(next) ? Effect.interruptible(next) : next

/** Not in the type of a fiber: Effect's public ways to its flags and references are an effect for each. */
interface OpenFiber {
  readonly currentRuntimeFlags: RuntimeFlags.RuntimeFlags
  readonly _fiberRefs: FiberRefs.FiberRefs
  readonly setFiberRef: <X>(ref: FiberRef.FiberRef<X>, value: X) => void
  readonly setFiberRefs: (refs: FiberRefs.FiberRefs) => void
}

const isOpen = (fiber: AnyFiber): fiber is AnyFiber & OpenFiber =>
  "currentRuntimeFlags" in fiber && "_fiberRefs" in fiber && "setFiberRef" in fiber && "setFiberRefs" in fiber

const setGuard = (fiber: AnyFiber & OpenFiber, context: Context.Context<never>, names: Names): void => {
  fiber.setFiberRef(FiberRef.currentContext, context)
  if (names !== fiber.getFiberRef(Headers.currentRedactedNames)) {
    fiber.setFiberRef(Headers.currentRedactedNames, names)
  }
}

/** Back to the references of before, as they were if the request has set none of its own. */
const leave = (
  fiber: AnyFiber & OpenFiber,
  outside: FiberRefs.FiberRefs,
  context: Context.Context<never>,
  names: Names
): void => {
  if (differ(outside, fiber._fiberRefs)) setGuard(fiber, context, names)
  else fiber.setFiberRefs(outside)
}

/** Whether more than the guard was set. */
const differ = (before: FiberRefs.FiberRefs, after: FiberRefs.FiberRefs): boolean => {
  let same = before.locals.size === after.locals.size
  before.locals.forEach((stack, ref) => {
    if (stack !== after.locals.get(ref) && ref !== FiberRef.currentContext) same = false
  })
  return !same
}

/**
 * The runtime of a fiber that does nothing but such a request, as a part of the span: it is born with the guard, so there is
 * nothing to put back. To be awaited, not joined: joining would hand the guard to the caller.
 *
 * Nor is it logged how a fiber within ends: one that reads the body fails with the request in its error, and a logger that
 * prints later would show the keys.
 */
export const guardedRuntimeOf = (
  secretNames: Names
): ((caller: Runtime.Runtime<never>, span: Tracer.AnySpan) => Runtime.Runtime<never>) => {
  const namesWithin = rememberLast(namesWith(secretNames))
  const contextWithin = rememberLast(withoutRedirects)
  return (caller, span) =>
    caller.pipe(
      Runtime.updateContext((context: Context.Context<never>) =>
        Context.add(contextWithin(context), Tracer.ParentSpan, span)
      ),
      Runtime.setFiberRef(
        Headers.currentRedactedNames,
        namesWithin(FiberRefs.getOrDefault(caller.fiberRefs, Headers.currentRedactedNames))
      ),
      Runtime.setFiberRef(FiberRef.unhandledErrorLogLevel, Option.none())
    )
}

/** Redacts the names in all spans within the scope, so below a layer: no request there need see to it, which is dear. */
export const redactedWithin = (secretNames: Names): Effect.Effect<void, never, Scope.Scope> =>
  Effect.locallyScopedWith(Headers.currentRedactedNames, namesWith(secretNames))

const namesWith =
  (secretNames: Names) =>
  (names: Names): Names =>
    secretNames.every((name) => names.includes(name))
      ? names
      : [...names, ...secretNames.filter((name) => !names.includes(name))]

const withoutRedirects = (context: Context.Context<never>): Context.Context<never> => {
  const services = copyOf(context.unsafeMap)
  services.set(FetchHttpClient.RequestInit.key, {
    ...context.unsafeMap.get(FetchHttpClient.RequestInit.key),
    redirect: "manual"
  })
  return Context.unsafeMake(services)
}

/** `new Map(map)` makes two objects for each entry. */
const copyOf = <K, V>(map: ReadonlyMap<K, V>): Map<K, V> => {
  const copy = new Map<K, V>()
  map.forEach((value, key) => {
    copy.set(key, value)
  })
  return copy
}
