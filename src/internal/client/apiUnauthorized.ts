/** A 401 of an API: about the subscription key, which no new token fixes, or about the token. */
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { isSubscriptionKeyRefusal, judgeRefusal } from "../../core/refusal.js"
import type { TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import { timeoutFail } from "../effect/timeout.js"
import { refusalError } from "../errors/tokenErrors.js"
import { jsonOf, readBounded } from "../http/boundedBody.js"
import { responseToCaller, type Sanitizer } from "./apiResponse.js"

/**
 * Reads the body of a 401 and returns a response with it, so that the caller can still read it (the first 64 KiB); or
 * fails, if it is a refusal of the subscription key. A body that breaks off, or never ends, makes no difference.
 */
export const readUnauthorized = (
  flow: TokenFlow,
  sanitizer: Sanitizer,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<HttpClientResponse.HttpClientResponse, TokenRequestError> =>
  Effect.gen(function* () {
    const body = yield* readBounded(response).pipe(
      timeoutFail({ duration: bodyPatience, onTimeout: () => ({ cause: unended(response) }) }),
      Effect.either
    )
    const json = Option.getOrUndefined(Option.flatMap(Either.getRight(body), jsonOf))
    if (isSubscriptionKeyRefusal(json)) {
      const refusal = judgeRefusal({
        flow: flow.name,
        status: response.status,
        headers: {},
        body: json,
        secrets: sanitizer.secrets(),
        receivedAtMillis: yield* Clock.currentTimeMillis
      })
      return yield* Effect.fail(refusalError(flow, refusal))
    }
    const content = Either.match(body, { onLeft: brokenOff, onRight: ({ bytes }) => bytes })
    const readable = new Response(content, webHeaders(response.headers["content-type"] ?? ""))
    return responseToCaller(sanitizer, response, HttpClientResponse.fromWeb(response.request, readable))
  })

/** The gateway's own refusals are short and come at once: no renewal waits longer for a body that may be one. */
const bodyPatience = Duration.seconds(5)

const unended = ({ status }: HttpClientResponse.HttpClientResponse) =>
  new Error(`the body of the ${status} did not end within 5 seconds`)

/** Undefined, if a server sends what the web's `Headers` refuse, such as curly quotes: clients hand that on. */
const webHeaders = (contentType: string): ResponseInit | undefined =>
  Option.getOrUndefined(Option.liftThrowable(() => ({ headers: new Headers({ "content-type": contentType }) }))())

const brokenOff = ({ cause }: { readonly cause?: unknown }): ReadableStream<Uint8Array<ArrayBuffer>> =>
  new ReadableStream({ pull: (controller) => controller.error(cause) })
