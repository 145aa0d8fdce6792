/**
 * The guard around every request that carries a secret: `fetch` follows no redirect with it, and no span shows it.
 *
 * `fetch` follows redirects with all headers unless its `RequestInit` says otherwise; undici and node:http never follow
 * (F37). Spans show every header whose name is not redacted (F36).
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { secretHeaderNames } from "../../core/tokenRequest.js"

/** Header names as `Headers.currentRedactedNames` takes them: whole names, or patterns. */
export type HeaderNames = ReadonlyArray<string | RegExp>

export interface GuardOptions {
  /** The headers to redact in spans, of the request and of the response. */
  readonly secretNames: HeaderNames
  /** More of a `RequestInit` for `fetch`, which other clients ignore. */
  readonly init?: RequestInit
  /** The `User-Agent`, if neither the client below nor its `RequestInit` sets one. */
  readonly userAgent?: string
}

/** The client, with the guard around each of its requests. */
export const guardClient = (client: HttpClient.HttpClient, options: GuardOptions): HttpClient.HttpClient =>
  client.pipe(
    HttpClient.mapRequestEffect(prepareRequest(options)),
    HttpClient.transformResponse(withGuardedFiber(options.secretNames))
  )

/**
 * Sets the `RequestInit` that `fetch` will read. The user's own is read at each request, so that it may be provided to
 * the client's layer, the runtime or the program (F48).
 */
const prepareRequest =
  ({ init: ownInit, userAgent }: GuardOptions) =>
  (request: HttpClientRequest.HttpClientRequest): Effect.Effect<HttpClientRequest.HttpClientRequest> =>
    Effect.withFiberRuntime((fiber) => {
      const context: Context.Context<never> = fiber.currentContext
      const userInit = Context.getOrElse(context, FetchHttpClient.RequestInit, () => ({}))
      const init: RequestInit = { ...userInit, ...ownInit, redirect: "manual" }
      // Undone by `withGuardedFiber`, which wraps every request.
      return Effect.as(
        FiberRef.set(FiberRef.currentContext, Context.add(context, FetchHttpClient.RequestInit, init)),
        userAgent === undefined ? request : withUserAgent(request, init, userAgent)
      )
    })

const withUserAgent = (
  request: HttpClientRequest.HttpClientRequest,
  init: RequestInit,
  userAgent: string
): HttpClientRequest.HttpClientRequest =>
  "user-agent" in request.headers || "user-agent" in Headers.fromInput(init.headers)
    ? request
    : HttpClientRequest.setHeader(request, "user-agent", userAgent)

/**
 * Redacts the names while the effect runs, and silences the fibers that it forks: one that fails logs its error at
 * DEBUG, with the request and its secrets in it, before anybody could clean it (F59). Then restores what it has changed
 * of the fiber, and the context that `prepareRequest` has. By `FiberRef.set`, which takes half the time of
 * `Effect.locally`.
 */
const withGuardedFiber =
  (secretNames: HeaderNames) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiberRuntime((fiber) => {
        const context = fiber.currentContext
        const names = fiber.getFiberRef(Headers.currentRedactedNames)
        const unhandled = fiber.getFiberRef(FiberRef.unhandledErrorLogLevel)
        const redacted = namesWith(secretNames)(names)
        // Below a client's layer the names are redacted anyway.
        const setNames = (to: HeaderNames) =>
          redacted === names ? Effect.void : FiberRef.set(Headers.currentRedactedNames, to)
        const setUnhandled = (to: typeof unhandled) => FiberRef.set(FiberRef.unhandledErrorLogLevel, to)
        return setNames(redacted).pipe(
          Effect.zipRight(setUnhandled(Option.none())),
          Effect.zipRight(restore(effect)),
          Effect.ensuring(
            FiberRef.set(FiberRef.currentContext, context).pipe(
              Effect.zipRight(setNames(names)),
              Effect.zipRight(setUnhandled(unhandled))
            )
          )
        )
      })
    )

const namesWith =
  (secretNames: HeaderNames) =>
  (names: HeaderNames): HeaderNames =>
    secretNames.every((name) => names.includes(name)) ? names : [...new Set([...names, ...secretNames])]

/** Redacts the secret headers once for all that runs below a client's layer; for each request it is expensive. */
export const redactSecretHeaders: Effect.Effect<void, never, Scope.Scope> = Effect.locallyScopedWith(
  Headers.currentRedactedNames,
  namesWith(secretHeaderNames)
)
