/**
 * A standalone server for integrations in any language: the embedded emulator behind a socket, the control API and the
 * page. Only the command line uses it; the library's entry points import nothing from here.
 */
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { isLoopback } from "../../core/serverUrl.js"
import { controlApp } from "./control/controlApp.js"
import { emulatorState } from "./control/emulatorState.js"
import type { QueuedFault } from "./control/faultCatalogue.js"
import { makeJournal } from "./control/journal.js"
import type { JournalEntry } from "./control/schemas.js"
import { Emulator } from "./emulator.js"
import { acceptOwnKeys } from "./service.js"
import type { AnyCredentials } from "./tokens/acceptedKeys.js"
import { ownKeys } from "./tokens/ownKeys.js"
import { vippsVariables } from "./variables.js"
import { addressUrl, cutAtClose, socketApp } from "./wire/socketApp.js"

/** Options of `serveEmulator`. Port and host belong to the `HttpServer`. */
export interface ServeEmulatorOptions {
  /** The address that other machines use, such as `http://vipps:8787`. Default: the address it listens on. */
  readonly publicUrl?: URL | undefined
  /** The lifetime of new tokens. Default: 1 hour (standard), 15 minutes (specialized). */
  readonly lifetime?: Duration.DurationInput | undefined
  /** Faults for the first answers of the token endpoints. Default: none. */
  readonly faults?: ReadonlyArray<QueuedFault> | undefined
  /** Keys accepted besides its own. Default: none. */
  readonly keys?: ReadonlyArray<AnyCredentials> | undefined
  /** Accepts any keys. Default: `false`. */
  readonly anyKeys?: boolean | undefined
  /** Serves the page. Default: `true`. */
  readonly page?: boolean | undefined
  /** Runs after each request. Default: nothing. */
  readonly log?: ((request: JournalEntry) => Effect.Effect<void>) | undefined
}

/** The running server. */
export interface EmulatorServer {
  /** The address for programs on this machine. */
  readonly url: URL
  /** The address for other machines. */
  readonly publicUrl: URL
  /** The page, unless it is switched off. */
  readonly pageUrl: URL | undefined
  /** The `VIPPS_` variables that point a program at it, with keys that it accepts. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * Serves the emulator until the scope closes. It is ready when the effect succeeds, and closes at once: hanging answers
 * and open event streams are cut off. Wrap a server of node:http in `closesAtOnce`, or it waits for silent connections.
 */
export const serveEmulator = (
  options: ServeEmulatorOptions = {}
): Effect.Effect<EmulatorServer, HttpServerError.ServeError, HttpServer.HttpServer | Scope.Scope> =>
  Effect.gen(function* () {
    const server = yield* HttpServer.HttpServer
    const emulator = yield* Emulator.make
    const url = addressUrl(server.address)
    const publicUrl = options.publicUrl ?? url
    const variables = variablesOf(publicUrl)
    begin(emulator, options)
    const journal = yield* makeJournal(emulator, options.log ?? (() => Effect.void))
    emulator.observer = journal.observer
    emulator.keptRequests = 0
    const facts = { startedAt: emulator.nowMillis, url: url.origin, publicUrl: publicUrl.href, variables }
    const reset = Effect.zipRight(
      Effect.sync(() => begin(emulator, options)),
      journal.clear
    )
    const control = yield* controlApp({
      controlled: { emulator, journal, state: () => emulatorState(emulator, facts), reset },
      hostnames: [url.hostname, publicUrl.hostname],
      page: options.page ?? true
    })
    const emulated = socketApp(emulator, url)
    const app = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => control(request) ?? emulated)
    yield* Effect.locally(server.serve(yield* cutAtClose(app)), HttpMiddleware.currentTracerDisabledWhen, () => true)
    return {
      url,
      publicUrl,
      pageUrl: options.page === false ? undefined : new URL("/__emulator/", publicUrl),
      variables
    }
  })

/** Sets the initial state, also on a reset. */
const begin = (emulator: Emulator, { anyKeys, faults, keys, lifetime }: ServeEmulatorOptions): void => {
  emulator.reset()
  acceptOwnKeys(emulator)
  for (const credentials of keys ?? []) emulator.keys.accept(credentials)
  emulator.keys.acceptsAny = anyKeys ?? false
  for (const { fault, times } of faults ?? []) emulator.tokenFaults.add(fault, times)
  if (lifetime === undefined) return
  emulator.tokens.setLifetime("standard", lifetime)
  emulator.tokens.setLifetime("specialized", lifetime)
}

/** The library refuses plain http: to another machine unless a variable allows it. */
const variablesOf = (publicUrl: URL): Readonly<Record<string, string>> => ({
  ...vippsVariables(publicUrl.href.replace(/\/$/, ""), ownKeys()),
  ...(publicUrl.protocol === "http:" && !isLoopback(publicUrl.hostname) ? { VIPPS_INSECURE_HTTP: "allow" } : {})
})
