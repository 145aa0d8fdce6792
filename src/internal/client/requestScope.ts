/**
 * `HttpClient.withScope` ties a request to a scope by the identity of the request, which is lost on the way to the one
 * that is sent. It keeps the tie in a map of its own; were that ever renamed, a test of `VippsClient` says so.
 */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { globalValue } from "effect/GlobalValue"

const scopedRequests = globalValue(
  "@effect/platform/HttpClient/scopedRequests",
  () => new WeakMap<HttpClientRequest.HttpClientRequest, AbortController>()
)

/** The request, ended by the same scope as the one that it was made of. */
export const inScopeOf = (
  origin: HttpClientRequest.HttpClientRequest,
  request: HttpClientRequest.HttpClientRequest
): HttpClientRequest.HttpClientRequest => {
  const controller = scopedRequests.get(origin)
  if (controller !== undefined) scopedRequests.set(request, controller)
  return request
}
