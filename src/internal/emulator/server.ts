/**
 * The emulator as a server of its own, for people who integrate Vipps in any language: the embedded emulator behind a
 * socket, the API that controls it, and its page. For the command line: the library's own entries import nothing of it.
 */
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
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

/** Options of `serveEmulator`. The port and the host are those of the `HttpServer`. */
export interface ServeEmulatorOptions {
  /** The address by which others reach it, such as `http://vipps:8787`. Default: the one that it listens on. */
  readonly publicUrl?: URL | undefined
  /** How long new tokens live. Default: 1 hour (standard), 15 minutes (specialized). */
  readonly lifetime?: Duration.DurationInput | undefined
  /** Faults of the first answers of the token endpoints. Default: none. */
  readonly faults?: ReadonlyArray<QueuedFault> | undefined
  /** Keys that it accepts besides its own. Default: none. */
  readonly keys?: ReadonlyArray<AnyCredentials> | undefined
  /** Whether it accepts any keys. Default: no. */
  readonly anyKeys?: boolean | undefined
  /** Whether it has its page. Default: yes. */
  readonly page?: boolean | undefined
  /** Told of each request when it is answered. Default: nobody. */
  readonly log?: ((request: JournalEntry) => Effect.Effect<void>) | undefined
}

/** The running server. */
export interface EmulatorServer {
  /** The address that it listens on, as programs on this machine write it. */
  readonly url: URL
  /** The address by which others reach it. */
  readonly publicUrl: URL
  /** The page; nothing where it has none. */
  readonly pageUrl: URL | undefined
  /** The `VIPPS_` variables that lead a program to it, with keys that it accepts. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * Serves the emulator until the scope closes, which takes no longer than a moment: answers that hang or drip, and readers
 * of events, are cut off. It answers when this effect has succeeded. A server of node:http is wrapped by `closesAtOnce`,
 * or it waits for connections on which nothing has come yet.
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
    for (const { fault, times } of options.faults ?? []) emulator.tokenFaults.add(fault, times)

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

/** How the emulator begins, and begins again when it is reset. */
const begin = (emulator: Emulator, { anyKeys, keys, lifetime }: ServeEmulatorOptions): void => {
  emulator.reset()
  acceptOwnKeys(emulator)
  for (const credentials of keys ?? []) emulator.keys.accept(credentials)
  emulator.keys.acceptsAny = anyKeys ?? false
  if (lifetime === undefined) return
  emulator.tokens.setLifetime("standard", lifetime)
  emulator.tokens.setLifetime("specialized", lifetime)
}

/** Plain http: to another machine is refused by the library, unless the variables say that it is meant. */
const variablesOf = (publicUrl: URL): Readonly<Record<string, string>> => ({
  ...vippsVariables(publicUrl.href.replace(/\/$/, ""), ownKeys()),
  ...(publicUrl.protocol === "http:" && !isLoopback(publicUrl.hostname) ? { VIPPS_INSECURE_HTTP: "allow" } : {})
})

const isLoopback = (hostname: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
