/** The emulator behind a socket of this machine, as the command line starts it. */
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { QueuedFault } from "../../emulator/control/faultCatalogue.js"
import { type EmulatorServer, serveEmulator } from "../../emulator/server.js"
import { closesAtOnce } from "../../emulator/wire/closesAtOnce.js"
import { type CommandFailed, notToBeHad } from "../commandFailed.js"
import { errorCode } from "../node/errorCode.js"
import { Output } from "../node/output.js"
import type { AcceptedKeys } from "./acceptedKeys.js"
import { type LogFormat, logLine } from "./requestLog.js"

export interface ServeOptions {
  readonly port: number
  readonly host: string
  readonly publicUrl: Option.Option<URL>
  readonly lifetime: Option.Option<Duration.Duration>
  readonly faults: ReadonlyArray<QueuedFault>
  /** Keys that are accepted besides the emulator's own. */
  readonly keys: ReadonlyArray<AcceptedKeys>
  readonly anyKeys: boolean
  readonly page: boolean
  readonly log: LogFormat
}

export const serveOnSocket = (
  options: ServeOptions
): Effect.Effect<EmulatorServer, CommandFailed, Output | Scope.Scope> =>
  Effect.gen(function* () {
    const { note } = yield* Output
    const { host, log, port } = options
    const context = yield* Layer.build(NodeHttpServer.layer(() => closesAtOnce(createServer()), { host, port }))
    const served = serveEmulator({
      publicUrl: Option.getOrUndefined(options.publicUrl),
      lifetime: Option.getOrUndefined(options.lifetime),
      faults: options.faults,
      keys: options.keys,
      anyKeys: options.anyKeys,
      page: options.page,
      log: (entry) => {
        const line = logLine(log, entry)
        return line === undefined ? Effect.void : note(line)
      }
    })
    return yield* Effect.provide(served, context)
  }).pipe(Effect.catchTag("ServeError", (error) => Effect.fail(cannotListen(options, errorCode(error)))))

const cannotListen = ({ host, port }: ServeOptions, code: string | undefined): CommandFailed => {
  switch (code) {
    case "EADDRINUSE":
      return notToBeHad(`Port ${port} of ${host} is in use: choose another with --port, or --port 0 for a free one.`)
    case "EACCES":
      return notToBeHad(`Port ${port} may not be used without special rights: choose one above 1023 with --port.`)
    case "EADDRNOTAVAIL":
      return notToBeHad(`--host ${host} is not an address of this machine.`)
    default:
      return notToBeHad(`The emulator cannot listen on ${host}:${port}${code === undefined ? "" : ` (${code})`}.`)
  }
}
