/** Standard input, for keys that must not stand in arguments. */

import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type CommandFailed, notToBeHad, wrongUsage } from "../commandFailed.js"

/** No set of keys is longer. */
const maxBytes = 1_000_000

export interface InputService {
  /** All of standard input. Fails if it is a terminal: nothing would ever come, and what is typed would show. */
  readonly text: Effect.Effect<string, CommandFailed>
}

export class Input extends Context.Tag("effect-vipps-token/cli/Input")<Input, InputService>() {
  static readonly layer: Layer.Layer<Input> = Layer.succeed(this, {
    text: Effect.suspend(() =>
      process.stdin.isTTY === true
        ? Effect.fail(wrongUsage("--keys - reads standard input, which is a terminal here: pipe JSON into it."))
        : NodeStream.fromReadable<string, Uint8Array>(
            () => process.stdin,
            () => "unreadable"
          ).pipe(
            Stream.decodeText(),
            Stream.scan("", (text, more) => (text + more).slice(0, maxBytes)),
            Stream.runLast,
            Effect.mapBoth({
              onFailure: () => notToBeHad("Standard input cannot be read."),
              onSuccess: (text) => (text._tag === "Some" ? text.value : "")
            })
          )
    )
  })
}
