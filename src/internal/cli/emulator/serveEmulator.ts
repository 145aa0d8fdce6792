/**
 * The emulator behind a socket of this machine, as the command line starts it.
 */
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { VippsEmulator } from "../../../testing.js"
import { type CommandFailed, notToBeHad } from "../commandFailed.js"
import { errorCode } from "../node/errorCode.js"
import type { AcceptedKeys } from "./acceptedKeys.js"
import type { FaultRequest } from "./faultRequests.js"

export interface ServeOptions {
  readonly port: number
  readonly host: string
  readonly publicUrl: Option.Option<URL>
  readonly lifetime: Option.Option<Duration.Duration>
  readonly faults: ReadonlyArray<FaultRequest>
  /** Keys that are accepted besides the emulator's own. */
  readonly keys: ReadonlyArray<AcceptedKeys>
  readonly anyKeys: boolean
  readonly page: boolean
  readonly log: "pretty" | "json" | "none"
}

export interface ServedEmulator {
  /** The address that it listens on. */
  readonly url: URL
  /** The address by which others reach it. */
  readonly publicUrl: URL
  /** The VIPPS_ variables with keys that it accepts. */
  readonly variables: Readonly<Record<string, string>>
}

export const serveEmulator = (options: ServeOptions): Effect.Effect<ServedEmulator, CommandFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Layer.build(
      VippsEmulator.layerServer.pipe(
        Layer.provide(NodeHttpServer.layer(createServer, { port: options.port, host: options.host }))
      )
    )
    const emulator = Context.get(context, VippsEmulator)
    if (Option.isSome(options.lifetime)) yield* emulator.setLifetime(options.lifetime.value)
    yield* Effect.forEach(options.faults, ({ fault, times }) => emulator.fault(fault, times))
    yield* Effect.forEach(options.keys, emulator.accept)
    const { specialized, standard } = emulator.credentials
    const url = emulator.baseUrl
    const publicUrl = Option.getOrElse(options.publicUrl, () => url)
    return {
      url,
      publicUrl,
      variables: {
        VIPPS_ENVIRONMENT: publicUrl.origin,
        VIPPS_CLIENT_ID: Redacted.value(standard.clientId),
        VIPPS_CLIENT_SECRET: Redacted.value(standard.clientSecret),
        VIPPS_SUBSCRIPTION_KEY: Redacted.value(standard.subscriptionKey),
        VIPPS_MERCHANT_SERIAL_NUMBER: Option.getOrElse(standard.merchantSerialNumber, () => ""),
        VIPPS_SPECIALIZED_CLIENT_ID: Redacted.value(specialized.clientId),
        VIPPS_SPECIALIZED_CLIENT_SECRET: Redacted.value(specialized.clientSecret)
      }
    }
  }).pipe(Effect.catchTag("ServeError", (error) => Effect.fail(cannotListen(options, errorCode(error)))))

const cannotListen = ({ host, port }: ServeOptions, code: string | undefined): CommandFailed => {
  switch (code) {
    case "EADDRINUSE":
      return notToBeHad(`Port ${port} of ${host} is in use: give another by --port, or --port 0 for a free one.`)
    case "EACCES":
      return notToBeHad(`Port ${port} may not be used without special rights: give one above 1023 by --port.`)
    case "EADDRNOTAVAIL":
      return notToBeHad(`--host ${host} is not an address of this machine.`)
    default:
      return notToBeHad(`The emulator cannot listen on ${host}:${port}${code === undefined ? "" : ` (${code})`}.`)
  }
}
