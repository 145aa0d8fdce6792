/**
 * Access to the control API: programs may use it, and so may its own page. Pages of other origins in a browser may not,
 * neither through a name that resolves to this machine (DNS rebinding) nor through a form (cross-site requests).
 */
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** The host names of the server: loopback, its address, and its public address. */
export interface OwnNames {
  readonly hostnames: ReadonlySet<string>
  /** The advice in a refusal. */
  readonly hint: string
}

/** The largest accepted body, in bytes. */
const largestBody = 64 * 1024

/** The deepest accepted nesting. Schemas run out of stack on deeper values. */
const deepestBody = 32

const decodeJson = Schema.decodeUnknownEither(Schema.parseJson())

const isDeeperThan = (value: unknown, levels: number): boolean =>
  Predicate.isObject(value) && (levels === 0 || Object.values(value).some((one) => isDeeperThan(one, levels - 1)))

/** Returns the refusal of a request, if it is refused. Reads the body completely. */
export const guardRefusal = (
  request: HttpServerRequest.HttpServerRequest,
  { hint, hostnames }: OwnNames
): Effect.Effect<Option.Option<HttpServerResponse.HttpServerResponse>> => {
  const { headers, method } = request
  const host = hostnameOf(`http://${headers.host ?? ""}`)
  if (host === undefined || !hostnames.has(host)) {
    return refused(421, `The control API does not answer to this host name. ${hint}`)
  }
  const { origin } = headers
  const site = headers["sec-fetch-site"] ?? "none"
  if (origin !== undefined && !hostnames.has(hostnameOf(origin) ?? "")) return refused(403, foreignPage)
  if (site !== "same-origin" && site !== "none" && method !== "GET") return refused(403, foreignPage)
  if (method === "GET" || method === "HEAD") return Effect.succeedNone
  if (!/^application\/json *(;|$)/i.test(headers["content-type"] ?? "")) {
    return refused(415, "Requests that change something must be JSON: set Content-Type: application/json.")
  }
  if (Number(headers["content-length"] ?? 0) > largestBody) return refused(413, tooLarge)
  return request.text.pipe(
    HttpIncomingMessage.withMaxBodySize(Option.some(largestBody)),
    Effect.either,
    Effect.flatMap((body) => {
      if (Either.isLeft(body)) return refused(413, tooLarge)
      if (body.right === "") return Effect.succeedNone
      const json = decodeJson(body.right)
      if (Either.isLeft(json)) return refused(400, "The body is not JSON.")
      return isDeeperThan(json.right, deepestBody) ? refused(400, "The body is nested too deeply.") : Effect.succeedNone
    })
  )
}

const foreignPage = "The control API refuses requests from pages of other origins."

const tooLarge = `The body is larger than ${largestBody} bytes.`

const refused = (
  status: number,
  message: string
): Effect.Effect<Option.Option<HttpServerResponse.HttpServerResponse>> =>
  Effect.succeedSome(HttpServerResponse.unsafeJson({ _tag: "ControlError", message }, { status }))

const hostnameOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname : undefined)
