/** An API client for users' unit tests: no token, no network, only the answers that the test gives. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../../AccessToken.js"
import type { FlowName } from "../../core/tokenRequest.js"
import { isTokenError } from "../../TokenError.js"
import type { TestApi } from "../../VippsClient.js"
import { makeTestSource } from "../testSource.js"
import { makeApiClient } from "./apiClient.js"
import type { ClientError } from "./apiResponse.js"

export const makeTestClient = (
  name: FlowName,
  respond: TestApi
): Effect.Effect<HttpClient.HttpClient.With<ClientError>> =>
  Effect.map(DateTime.now, (issuedAt) => {
    const token = AccessToken.make({ value: Redacted.make("test-token"), flow: name, issuedAt, expiresIn: "24 hours" })
    const api = HttpClient.make((request, url) =>
      Effect.suspend(() => {
        const answer = respond(request, url)
        return (
          Effect.isEffect(answer)
            ? answer
            : answer instanceof Response
              ? Effect.succeed(answer)
              : Effect.promise(() => answer)
        ).pipe(
          Effect.map((response) => HttpClientResponse.fromWeb(request, response)),
          // A client below fails with nothing else; the token error is taken out again above.
          Effect.catchIf(isTokenError, (cause) =>
            Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
          )
        )
      })
    )
    return HttpClient.catchAll(makeApiClient(makeTestSource(name, token), api), (error) =>
      Effect.fail(error._tag === "RequestError" && isTokenError(error.cause) ? error.cause : error)
    )
  })
