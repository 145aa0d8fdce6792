/**
 * The path of an API request: resolve its target, get a token, send it with the token, and once more if the token was
 * refused.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Array from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as String from "effect/String"
import type { AccessToken } from "../../AccessToken.js"
import { secretSearch } from "../../core/secretSearch.js"
import { secretHeaderNames } from "../../core/tokenRequest.js"
import type { TokenSource } from "../../TokenSource.js"
import { withCleanSpans } from "../http/cleanSpans.js"
import { guardClient } from "../http/guardedRequest.js"
import { renewalsOf } from "../renewals/renewals.js"
import { currentRequestOptions, flowHeaders, merchantOf, withApiHeaders } from "./apiHeaders.js"
import { type ClientError, errorWith, responseToCaller, type Sanitizer, sanitizedCause } from "./apiResponse.js"
import { makeTargetResolver } from "./apiTarget.js"
import { readUnauthorized } from "./apiUnauthorized.js"
import { inScopeOf } from "./requestScope.js"

type Request = HttpClientRequest.HttpClientRequest
type Response = HttpClientResponse.HttpClientResponse

export const makeApiClient = (
  source: TokenSource,
  client: HttpClient.HttpClient
): HttpClient.HttpClient.With<ClientError> => {
  const { flow } = source
  const ofFlow = flowHeaders(flow)
  const flowSecrets = flow.secrets === undefined ? [] : Redacted.value(flow.secrets)
  const resolveTarget = makeTargetResolver(flow.baseUrl)
  const guarded = guardClient(client, { secretNames: secretHeaderNames })
  const makeSanitizer = sanitizers()

  const send = (request: Request): Effect.Effect<Response, ClientError> =>
    Effect.flatMap(resolveTarget(request), (target) =>
      Effect.flatMap(source.get, (token) => attempt({ request, target, token, isLast: false }))
    )

  const attempt = (about: Attempt): Effect.Effect<Response, ClientError> =>
    Effect.flatMap(FiberRef.get(currentRequestOptions), (options) =>
      Effect.flatMap(withApiHeaders(about.target, about.token, ofFlow, options), (sent) => sendWithToken(about, sent))
    )

  /** Sends a request with its token. What comes back is about the target, without the headers that were added. */
  const sendWithToken = (about: Attempt, sent: Request): Effect.Effect<Response, ClientError> => {
    const tokens = [about.token, ...(about.tokenBefore === undefined ? [] : [about.tokenBefore])]
    const sanitizer = makeSanitizer(about.target, () => [...flowSecrets, ...secretsOf(sent, tokens)])
    const afterRefusal = (response: Response, passOn: PassOn) =>
      readUnauthorized(flow, sanitizer, response).pipe(
        Effect.tapError((error) =>
          Effect.flatMap(renewalsOf(source), (renewals) => renewals.reportKeyRefusal(source, error))
        ),
        Effect.flatMap((readable) => recoverFrom401(about, merchantOf(sent), readable, passOn))
      )
    // Suspended: what a client throws before it answers with an effect is a defect like any other.
    return Effect.suspend(() => guarded.execute(inScopeOf(about.request, sent))).pipe(
      withCleanSpans(sanitizer.holdsSecret),
      Effect.matchCauseEffect({
        onSuccess: (answer) => {
          const response = responseToCaller(sanitizer, answer)
          return response.status === 401 ? afterRefusal(response, Effect.succeed) : Effect.succeed(response)
        },
        onFailure: (cause) => {
          const sanitized = sanitizedCause(sanitizer, cause)
          const error = Option.getOrUndefined(Cause.failureOption(sanitized))
          // A client below us that filters by status hides the answer in an error.
          return error?._tag === "ResponseError" && error.reason === "StatusCode" && error.response.status === 401
            ? afterRefusal(error.response, (response) => Effect.fail(errorWith(error, response)))
            : Effect.failCause(sanitized)
        }
      })
    )
  }

  /**
   * Sends a refused request once more with a new token, or hands the refusal on. If that token was there already and is
   * refused as well, it is renewed, and the request is sent a last time.
   */
  const recoverFrom401 = (
    about: Attempt,
    merchant: string,
    refusal: Response,
    passOn: PassOn
  ): Effect.Effect<Response, ClientError> =>
    Effect.gen(function* () {
      const renewals = yield* renewalsOf(source)
      if (about.isLast) {
        yield* renewals.pauseMerchant(source, merchant)
        return yield* passOn(refusal)
      }
      const refused = { token: about.token, merchant, replayable: isReplayable(about.target.body) }
      const replay = yield* renewals.replayTokenFor(source, refused)
      if (Option.isNone(replay)) return yield* passOn(refusal)
      const { isRenewed, token } = replay.value
      // A source may give another token whenever it is asked: the third one is the last.
      return yield* attempt({
        ...about,
        token,
        tokenBefore: about.token,
        isLast: isRenewed || about.tokenBefore !== undefined
      })
    })

  return HttpClient.makeWith<never, never, ClientError, never>(Effect.flatMap(send), Effect.succeed)
}

interface Attempt {
  /** The caller's request, unchanged. */
  readonly request: Request
  /** The request with its absolute URL. */
  readonly target: Request
  readonly token: AccessToken
  /** The previous token: a reused connection may still repeat it in an error. */
  readonly tokenBefore?: AccessToken
  /** Whether this is the last attempt: if its token is refused as well, the token is not the cause. */
  readonly isLast: boolean
}

/** Returns a 401 in the form in which the user's client gave it, as a response or an error, with a readable body. */
type PassOn = (response: Response) => Effect.Effect<Response, ClientError>

/** A body can be sent a second time if it is there as a whole, and does not flow past once. */
const isReplayable = (body: HttpBody.HttpBody): boolean => {
  switch (body._tag) {
    case "Empty":
    case "Uint8Array":
    case "FormData":
      return true
    case "Raw":
      return (
        typeof body.body === "string" ||
        ArrayBuffer.isView(body.body) ||
        body.body instanceof ArrayBuffer ||
        body.body instanceof Blob ||
        body.body instanceof URLSearchParams
      )
    case "Stream":
      return false
  }
}

/** The tokens, and the keys that a request is sent with, which may be the caller's own. */
const secretsOf = ({ headers }: Request, tokens: ReadonlyArray<AccessToken>): ReadonlyArray<string> => [
  ...tokens.map(({ value }) => Redacted.value(value)),
  ...secretHeaderNames.flatMap((name) => headers[name] ?? [])
]

/**
 * Makes sanitizers that collect their secrets on first use; most requests never need them. Keeps the last search,
 * because most requests carry the same secrets and building a search is expensive.
 */
const sanitizers = () => {
  let last = searchedFor([])
  const search = (secrets: ReadonlyArray<string>) => {
    if (!sameStrings(last.secrets, secrets)) last = searchedFor(secrets)
    return last
  }
  return (request: Request, collectSecrets: () => ReadonlyArray<string>): Sanitizer => {
    let searched: typeof last | undefined
    const own = () => {
      searched ??= search(collectSecrets())
      return searched
    }
    return { request, secrets: () => own().secrets, holdsSecret: (text) => own().holdsSecret(text) }
  }
}

const searchedFor = (secrets: ReadonlyArray<string>) => ({ secrets, holdsSecret: secretSearch(secrets) })

const sameStrings = Array.getEquivalence(String.Equivalence)
