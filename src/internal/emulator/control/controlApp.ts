/** The control API, its documentation and the page, as an app below one path prefix. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { controlPath } from "./controlApi.js"
import { type Controlled, controlLayer } from "./controlHandlers.js"
import { docsPage } from "./docsPage.js"
import { guardRefusal, type OwnNames } from "./guard.js"
import { openApi } from "./openApi.js"
import { emulatorPage } from "./page/page.js"

export interface ControlAppOptions {
  readonly controlled: Controlled
  /** The host names it answers to, besides those of loopback. */
  readonly hostnames: ReadonlyArray<string>
  readonly page: boolean
}

/** Returns the app for a request, or undefined if the request is not for the control API. */
export type ControlApp = (request: HttpServerRequest.HttpServerRequest) => HttpApp.Default | undefined

export const controlApp = (options: ControlAppOptions): Effect.Effect<ControlApp, never, Scope.Scope> =>
  Effect.gen(function* () {
    const services = yield* Layer.build(
      Layer.mergeAll(
        controlLayer(options.controlled),
        HttpApiBuilder.Router.Live,
        HttpApiBuilder.Middleware.layer
      ).pipe(Layer.provideMerge(HttpServer.layerContext))
    )
    const methods = methodsByPath()
    const api = Effect.provide(yield* Effect.provide(HttpApiBuilder.httpApp, services), services).pipe(
      Effect.catchAllCause((cause) =>
        isUnknownRoute(cause)
          ? Effect.map(HttpServerRequest.HttpServerRequest, ({ url }) => noRoute(pathOf(url), methods))
          : Effect.failCause(cause)
      )
    )
    const names: OwnNames = {
      hostnames: new Set(["127.0.0.1", "localhost", "[::1]", ...options.hostnames]),
      hint: `It answers at ${[...new Set(options.hostnames)].join(" and ")}; set another name with --public-url.`
    }
    const documents = documentsOf(options)

    return (request) => {
      const path = pathOf(request.url)
      if (options.page && path === "/" && wantsPage(request)) return redirect
      if (path !== controlPath && !path.startsWith(`${controlPath}/`)) return undefined
      const app = documents.get(path) ?? api
      return Effect.flatMap(guardRefusal(request, names), Option.match({ onNone: () => app, onSome: Effect.succeed }))
    }
  })

/** This error is missing from the types of an `HttpApi`. */
const isUnknownRoute = (cause: Cause.Cause<unknown>): boolean =>
  Predicate.isTagged(Cause.squash(cause), "RouteNotFound")

const pathOf = (url: string): string => url.split("?")[0] ?? ""

/** The methods of each endpoint whose path has no parameter. */
const methodsByPath = (): ReadonlyMap<string, ReadonlyArray<string>> =>
  new Map(
    Object.entries(openApi().paths).map(([path, operations]) => [
      path,
      Object.keys(operations).map((method) => method.toUpperCase())
    ])
  )

const noRoute = (
  path: string,
  methods: ReadonlyMap<string, ReadonlyArray<string>>
): HttpServerResponse.HttpServerResponse => {
  const allowed = methods.get(path)
  if (allowed === undefined) return nothingHere
  const name = path.slice(controlPath.length + 1)
  return HttpServerResponse.unsafeJson(
    { _tag: "ControlError", message: `${name} takes ${allowed.join(" and ")}. See ${controlPath}/docs.` },
    { status: 405, headers: { allow: allowed.join(", ") } }
  )
}

/** A browser at the address without a path. */
const wantsPage = ({ headers, method }: HttpServerRequest.HttpServerRequest): boolean =>
  method === "GET" && (headers.accept ?? "").includes("text/html")

const redirect = Effect.succeed(HttpServerResponse.empty({ status: 302, headers: { location: `${controlPath}/` } }))

const nothingHere = HttpServerResponse.unsafeJson(
  { _tag: "NotThere", message: `This endpoint does not exist. See ${controlPath}/docs.` },
  { status: 404 }
)

const documentsOf = ({ page }: ControlAppOptions): ReadonlyMap<string, HttpApp.Default> =>
  new Map<string, HttpApp.Default>([
    [`${controlPath}/openapi.json`, Effect.sync(() => HttpServerResponse.unsafeJson(openApi()))],
    [
      `${controlPath}/docs`,
      Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) =>
        html(docsPage(openApi(), `http://${headers.host}`))
      )
    ],
    ...(page
      ? [[controlPath, redirect] as const, [`${controlPath}/`, Effect.sync(() => html(emulatorPage))] as const]
      : [])
  ])

/** Forbids everything from the network, frames around the page, and any other script. */
const html = (page: string): HttpServerResponse.HttpServerResponse => {
  const nonce = crypto.randomUUID()
  return HttpServerResponse.text(page.replaceAll("NONCE", nonce), {
    contentType: "text/html; charset=utf-8",
    headers: {
      "cache-control": "no-store",
      "content-security-policy":
        `default-src 'none'; connect-src 'self'; img-src data:; script-src 'nonce-${nonce}'; ` +
        `style-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff"
    }
  })
}
