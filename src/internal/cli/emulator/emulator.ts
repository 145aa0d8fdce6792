/** `emulator`: Vipps' servers on this machine, until a signal ends them or the command that they were started for. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { EmulatorServer } from "../../emulator/server.js"
import { CommandFailed, wrongUsage } from "../commandFailed.js"
import { durationFlag } from "../durations.js"
import { runChild } from "../node/childCommand.js"
import type { Input } from "../node/input.js"
import { Output } from "../node/output.js"
import { endedBySignal, type Signals } from "../node/signals.js"
import { readAcceptedKeys } from "./acceptedKeys.js"
import { readFault } from "./faultRequests.js"
import type { LogFormat } from "./requestLog.js"
import { type ServeOptions, serveOnSocket } from "./serveEmulator.js"

export { faultNames } from "./faultRequests.js"

export interface EmulatorOptions {
  readonly port: Option.Option<string>
  readonly host: Option.Option<string>
  readonly publicUrl: Option.Option<string>
  readonly lifetime: Option.Option<string>
  readonly fault: ReadonlyArray<string>
  readonly keys: ReadonlyArray<string>
  readonly anyKeys: boolean
  readonly noPage: boolean
  readonly log: Option.Option<LogFormat>
  readonly quiet: boolean
}

type Command = readonly [string, ...ReadonlyArray<string>]

export const emulator = (
  options: EmulatorOptions,
  command: Option.Option<Command>
): Effect.Effect<void, CommandFailed, FileSystem.FileSystem | Input | Output | Signals> =>
  Effect.scoped(
    Effect.gen(function* () {
      const serve = yield* serveOptions(options, command)
      const served = yield* endedBySignal(serveOnSocket(serve))
      if (Option.isNone(command)) {
        yield* (yield* Output).value(announcement(served, isEveryInterface(serve.host)))
        return yield* endedBySignal(Effect.never)
      }
      if (!options.quiet) {
        const where = isEveryInterface(serve.host) ? ", and on all interfaces of this machine" : ""
        yield* (yield* Output).note(`The emulator answers at ${served.publicUrl.origin}${where}.`, "Ready.")
      }
      const code = yield* runChild(command.value, served.variables)
      return yield* new CommandFailed({ exitCode: code, lines: [] })
    })
  )

/** In whatever spelling: `0` and `::0` mean the same. */
const isEveryInterface = (host: string): boolean => {
  const url = `http://${host.includes(":") ? `[${host}]` : host}`
  return URL.canParse(url) && ["0.0.0.0", "[::]"].includes(new URL(url).hostname)
}

/** Comments and variables, so that the whole of it can stand in a .env file; `Ready.` is the last line. */
const announcement = ({ pageUrl, url, variables }: EmulatorServer, listensEverywhere: boolean): string =>
  [
    "# Vipps MobilePay's servers, emulated on this machine. These keys open nothing else.",
    `# listening at ${url.origin}${listensEverywhere ? ", on all interfaces of this machine" : ""}`,
    ...(pageUrl === undefined ? [] : [`# the page: ${pageUrl.href}`]),
    "# in a shell: set -a; (paste these lines); set +a",
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    "Ready."
  ].join("\n")

// ----- Flags ---------------------------------------------------------------------------------------------------------

const defaultPort = 8787

const serveOptions = (
  options: EmulatorOptions,
  command: Option.Option<Command>
): Effect.Effect<ServeOptions, CommandFailed, FileSystem.FileSystem | Input> =>
  Effect.gen(function* () {
    return {
      port: yield* portOf(options.port, Option.isSome(command) ? 0 : defaultPort),
      host: yield* hostOf(options.host),
      publicUrl: yield* publicUrlOf(options.publicUrl),
      lifetime: yield* durationFlag("--lifetime", options.lifetime),
      faults: yield* Effect.forEach(options.fault, (text) => Either.mapLeft(readFault(text), wrongUsage)),
      keys: yield* readAcceptedKeys(options.keys),
      anyKeys: options.anyKeys,
      page: !options.noPage,
      log: options.quiet ? "none" : Option.getOrElse(options.log, () => "none" as const)
    }
  })

const portOf = (given: Option.Option<string>, byDefault: number): Effect.Effect<number, CommandFailed> => {
  const port = Option.match(given, {
    onNone: () => byDefault,
    onSome: (text) => (/^\d{1,5}$/.test(text) ? Number(text) : -1)
  })
  return port >= 0 && port <= 65_535
    ? Effect.succeed(port)
    : Effect.fail(wrongUsage("--port must be a number from 0 to 65535; 0 takes a free one."))
}

const hostOf = (given: Option.Option<string>): Effect.Effect<string, CommandFailed> => {
  const host = Option.getOrElse(given, () => "127.0.0.1")
  return /^[A-Za-z0-9.:_-]{1,253}$/.test(host)
    ? Effect.succeed(host)
    : Effect.fail(wrongUsage("--host must be a name or an address of this machine, such as 127.0.0.1 or 0.0.0.0."))
}

const publicUrlOf = (given: Option.Option<string>): Effect.Effect<Option.Option<URL>, CommandFailed> => {
  if (Option.isNone(given)) return Effect.succeedNone
  const url = URL.canParse(given.value) ? new URL(given.value) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
    ? Effect.succeedSome(url)
    : Effect.fail(wrongUsage("--public-url must be a scheme, a host and a port, such as http://vipps:8787."))
}
