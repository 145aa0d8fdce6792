/** An API client whose errors are those of any `HttpClient`. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as Effect from "effect/Effect"
import { isTransient } from "../../TokenError.js"
import type { ClientError } from "./apiResponse.js"

export const makePlainClient = (client: HttpClient.HttpClient.With<ClientError>): HttpClient.HttpClient =>
  HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
    Effect.flatMap((request) =>
      Effect.mapError(client.execute(request), (error) => {
        if (HttpClientError.isHttpClientError(error)) return error
        const passing = isTransient(error)
        return new HttpClientError.RequestError({
          request,
          // The one reason that `HttpClient.retryTransient` retries.
          reason: passing ? "Transport" : "Encode",
          cause: error,
          description: `no access token: ${error.message} ${passing ? retryLater : doNotRetry}`
        })
      })
    ),
    Effect.succeed
  )

const retryLater = "A later attempt may work."

const doNotRetry = "Do not retry: the cause has to be fixed first."
