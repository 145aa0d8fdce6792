/**
 * The emulator behind an `HttpClient`, without socket or promise. An immediate answer arrives in the same tick, so the
 * test controls virtual time and the order of fibers.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import { type Emulator, isForTokenEndpoint } from "../emulator.js"
import { misdirected } from "../tokens/refusals.js"
import { MemoryResponse } from "./memoryResponse.js"
import { requestText } from "./requestText.js"

/**
 * Creates a client that reaches only the emulator. Requests to other hosts are recorded and fail. A token request to
 * another host means that the test is wired wrongly: it fails immediately, where an outage would be retried.
 */
export const memoryClient = (emulator: Emulator, baseUrl: URL): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const body = yield* requestText(request)
      const arrived = { method: request.method, url, headers: { ...request.headers }, body }
      if (url.origin !== baseUrl.origin) {
        emulator.record(arrived)
        if (isForTokenEndpoint(request.method, url.pathname)) {
          return new MemoryResponse(request, misdirected(url, baseUrl), emulator.clock)
        }
        return yield* transportError(request, `the emulator finds no host ${url.host}`)
      }
      const answer = yield* Effect.mapError(emulator.handle(arrived), (cut) => transportError(request, cut.message))
      return new MemoryResponse(request, answer, emulator.clock)
    })
  )

const transportError = (request: HttpClientRequest.HttpClientRequest, description: string) =>
  new HttpClientError.RequestError({ request, reason: "Transport", description })
