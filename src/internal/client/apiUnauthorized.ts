/**
 * A 401 of an API: about the subscription key, which no new token mends, or about the token.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../AccessToken.js"
import { isSubscriptionKeyRefusal, judgeRefusal } from "../../core/refusal.js"
import type { TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import { jsonOf, readBounded } from "../http/boundedBody.js"
import { refusalError } from "../tokenErrors.js"
import { responseTo } from "./apiResponse.js"

/**
 * The same 401 with its body in hand, so that the caller can read it still (the first 64 KiB of it); or, where the
 * gateway refuses the subscription key, that as an error. A body that breaks off, or never ends, is a 401 all the same.
 */
export const readUnauthorized = (
  flow: TokenFlow,
  token: AccessToken,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<HttpClientResponse.HttpClientResponse, TokenRequestError> =>
  Effect.gen(function* () {
    const body = yield* readBounded(response).pipe(
      Effect.timeoutFail({ duration: bodyPatience, onTimeout: () => unended(response) }),
      Effect.either
    )
    const json = Option.getOrUndefined(Option.flatMap(Either.getRight(body), jsonOf))
    if (isSubscriptionKeyRefusal(json)) {
      const refusal = judgeRefusal({
        flow: flow.name,
        status: response.status,
        retryAfter: undefined,
        date: undefined,
        body: json,
        keys: [...(flow.secrets === undefined ? [] : Redacted.value(flow.secrets)), Redacted.value(token.value)],
        nowMillis: yield* Clock.currentTimeMillis
      })
      return yield* Effect.fail(refusalError({ flow: flow.name, label: flow.label }, refusal))
    }
    const readable = new Response(Either.match(body, { onLeft: brokenOff, onRight: ({ bytes }) => bytes }), {
      status: response.status,
      headers: response.headers
    })
    return responseTo(response.request, HttpClientResponse.fromWeb(response.request, readable))
  })

/** The gateway's own refusals are short and come at once; nobody's renewal waits longer for a body that may be one. */
const bodyPatience = "5 seconds"

const unended = (response: HttpClientResponse.HttpClientResponse) => {
  const description = `the body of the ${response.status} did not end within ${bodyPatience}`
  return new HttpClientError.ResponseError({
    request: response.request,
    response,
    reason: "Decode",
    cause: new Error(description),
    description
  })
}

const brokenOff = ({ cause }: HttpClientError.ResponseError): ReadableStream<Uint8Array<ArrayBuffer>> =>
  new ReadableStream({ pull: (controller) => controller.error(cause) })
