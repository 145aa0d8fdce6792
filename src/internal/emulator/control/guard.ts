/**
 * Who may use the control API: programs on this machine, and its own page. A page of another origin in a browser on this
 * machine may not, neither by a name that leads here (DNS rebinding) nor by a form (cross-site requests).
 */
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** The names that the server has: loopback, the address that it listens on, and the public one. */
export interface OwnNames {
  readonly hostnames: ReadonlySet<string>
  /** What to do for another name. */
  readonly hint: string
}

/** Larger bodies are refused. */
const largestBody = 64 * 1024

/** Nothing that is asked for is nested as deep; schemas run out of stack over what is nested without end. */
const deepestBody = 32

const decodeJson = Schema.decodeUnknownEither(Schema.parseJson())

const isDeeperThan = (value: unknown, levels: number): boolean =>
  Predicate.isObject(value) && (levels === 0 || Object.values(value).some((one) => isDeeperThan(one, levels - 1)))

/** The refusal of a request, if it is refused. Reads its body to the end, where it has one. */
export const guardRefusal = (
  request: HttpServerRequest.HttpServerRequest,
  { hint, hostnames }: OwnNames
): Effect.Effect<Option.Option<HttpServerResponse.HttpServerResponse>> => {
  const { headers, method } = request
  const host = hostnameOf(`http://${headers.host ?? ""}`)
  if (host === undefined || !hostnames.has(host)) return refused(421, `The control API has another name. ${hint}`)
  const { origin } = headers
  const site = headers["sec-fetch-site"] ?? "none"
  if (origin !== undefined && !hostnames.has(hostnameOf(origin) ?? "")) return refused(403, foreignPage)
  if (site !== "same-origin" && site !== "none" && method !== "GET") return refused(403, foreignPage)
  if (method === "GET" || method === "HEAD") return Effect.succeedNone
  if (!/^application\/json *(;|$)/i.test(headers["content-type"] ?? "")) {
    return refused(415, "What changes something is sent as JSON: set Content-Type: application/json.")
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
      return isDeeperThan(json.right, deepestBody) ? refused(400, "The body is nested too deep.") : Effect.succeedNone
    })
  )
}

const foreignPage = "The control API answers its own page alone, and programs that are no browser."

const tooLarge = `The body has more than ${largestBody} bytes.`

const refused = (
  status: number,
  message: string
): Effect.Effect<Option.Option<HttpServerResponse.HttpServerResponse>> =>
  Effect.succeedSome(HttpServerResponse.unsafeJson({ _tag: "ControlError", message }, { status }))

const hostnameOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname : undefined)
