/**
 * The target of an API request: below the environment's base URL, and nowhere else. Judged on the final URL, after all
 * that the user has mapped.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import { isPathBelow } from "../../core/targetPath.js"

type Request = HttpClientRequest.HttpClientRequest

/** Resolves requests against a base URL: the request with its absolute URL, if that lies below. */
export const makeTargetResolver = (
  baseUrl: URL
): ((request: Request) => Either.Either<Request, HttpClientError.RequestError>) => {
  const { origin, protocol } = baseUrl
  const basePath = baseUrl.pathname.replace(/\/*$/, "/")
  const base = `${origin}${basePath}`
  return (request) => {
    const refuse = (description: string) =>
      Either.left(new HttpClientError.RequestError({ request, reason: "InvalidUrl", description }))
    // A path from the root lies below the base URL's own path; `//host` and `/\host` are no paths.
    const asked = /^\/(?![/\\])/.test(request.url) ? base + request.url.slice(1) : request.url
    const parsed = Either.try(() => new URL(asked, base))
    if (Either.isLeft(parsed)) return refuse("the URL is not valid")
    const url = parsed.right
    if (url.username !== "" || url.password !== "") return refuse("the URL must not contain a user name or password")
    // A blob: URL has the origin of the server that it names.
    if (url.origin !== origin || url.protocol !== protocol) {
      return refuse(`the URL is not on ${origin}: this client sends requests only there`)
    }
    if (!isPathBelow(url.pathname, basePath)) {
      return refuse(`the URL is not below ${base}: this client sends requests only there`)
    }
    return Either.right(HttpClientRequest.setUrl(request, url.href))
  }
}
