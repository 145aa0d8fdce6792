/** The signals that end a process: a queue of them, so that each command decides what they end. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Record from "effect/Record"
import { raceFirst } from "../../effect/raceFirst.js"
import { CommandFailed } from "../commandFailed.js"

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP"

/** The exit code of a process that a signal has ended, as a shell tells it. */
export const signalExitCode: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

export class Signals extends Context.Tag("effect-vipps-token/cli/Signals")<Signals, Queue.Dequeue<Signal>>() {
  static readonly layer: Layer.Layer<Signals> = Layer.effect(
    this,
    Effect.tap(Queue.unbounded<Signal>(), (queue) =>
      Effect.sync(() => {
        for (const signal of Record.keys(signalExitCode)) process.on(signal, () => queue.unsafeOffer(signal))
      })
    )
  )
}

/** Runs an effect until it ends or a signal comes. The signal waits for nothing, whatever hangs. */
export const endedBySignal = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | CommandFailed, R | Signals> =>
  raceFirst(
    Effect.disconnect(effect),
    Effect.flatMap(Effect.flatMap(Signals, Queue.take), (signal) =>
      Effect.fail(new CommandFailed({ exitCode: signalExitCode[signal], lines: [] }))
    )
  )
