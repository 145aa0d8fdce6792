/**
 * Node's asynchronous context, which `AsyncLocalStorage`, OpenTelemetry and web frameworks keep a request in. A fiber
 * is woken in the context of whoever completes what it waits for, and its timers inherit that: without this, every
 * refresh would run in the request that came first (F46).
 */
import * as Predicate from "effect/Predicate"
import * as Scheduler from "effect/Scheduler"

const call = (of: unknown, name: string, ...args: ReadonlyArray<unknown>): unknown =>
  Predicate.hasProperty(of, name) && typeof of[name] === "function" ? Reflect.apply(of[name], of, args) : undefined

/** Node 20.16 and later, Bun and Deno have it. Other runtimes have no such context, or no way out of it. */
const asyncHooks = call(
  Predicate.hasProperty(globalThis, "process") && globalThis.process,
  "getBuiltinModule",
  "node:async_hooks"
)

/**
 * Taken when this module is loaded, which should be at the start of the process: Node has no way out of the request in
 * which a module is first loaded.
 */
const snapshot = call(
  Predicate.hasProperty(asyncHooks, "AsyncLocalStorage") && asyncHooks.AsyncLocalStorage,
  "snapshot"
)

type Runner = <A>(f: () => A) => A

const isRunner = (value: unknown): value is Runner => typeof value === "function"

/** Calls a function in the context in which this module was loaded. */
export const inNoRequest: Runner = isRunner(snapshot) ? snapshot : (f) => f()

/** Fibers of this scheduler go on in that context, whoever wakes them. */
export const schedulerInNoRequest = (outer: Scheduler.Scheduler): Scheduler.Scheduler => {
  // The default one runs the tasks of many fibers in one turn, in the context of the first.
  const scheduler = outer === Scheduler.defaultScheduler ? new Scheduler.MixedScheduler(2048) : outer
  return {
    shouldYield: (fiber) => scheduler.shouldYield(fiber),
    scheduleTask: (task, priority) => inNoRequest(() => scheduler.scheduleTask(task, priority))
  }
}
