/**
 * Where an API request may go: below the environment's base URL, and nowhere else. Judged on the final URL, after all
 * that the user has mapped.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"

/** Makes the aim for one base URL: the request with its absolute URL, if that is one of the base URL's server. */
export const makeAim = (baseUrl: URL) => {
  const { origin, protocol } = baseUrl
  const base = baseUrl.href.replace(/\/*$/, "/")
  return (
    request: HttpClientRequest.HttpClientRequest
  ): Either.Either<HttpClientRequest.HttpClientRequest, HttpClientError.RequestError> => {
    const refuse = (description: string) =>
      Either.left(new HttpClientError.RequestError({ request, reason: "InvalidUrl", description }))
    // Whatever follows a host and a slash, the host stays.
    if (isPath(request.url)) return Either.right(HttpClientRequest.setUrl(request, base + request.url.slice(1)))
    if (!URL.canParse(request.url, base)) return refuse("is not a URL")
    const url = new URL(request.url, base)
    if (url.username !== "" || url.password !== "") return refuse("must not contain a user name or password")
    // A blob: URL has the origin of the server that it names.
    if (url.origin !== origin || url.protocol !== protocol) {
      return refuse(`is not on ${origin}: a Vipps token is sent nowhere else, and without one nothing is sent`)
    }
    return Either.right(HttpClientRequest.setUrl(request, url.href))
  }
}

/** A path from the root, which lies below the base URL's own path; `//host` and `/\host` are no paths. */
const isPath = (url: string): boolean => /^\/(?![/\\])/.test(url)
