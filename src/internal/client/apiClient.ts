/**
 * The way of an API request: aim it, give it a token, send it, and once more if the token was rejected.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../AccessToken.js"
import { merchantHeaders, secretHeaderNames } from "../../core/tokenRequest.js"
import type { TokenError } from "../../TokenError.js"
import type { TokenSource } from "../../TokenSource.js"
import type { MerchantSerialNumber } from "../../VippsEnvironment.js"
import { guardClient, redactedWithin } from "../http/guardedRequest.js"
import { isReplayable } from "./apiReplay.js"
import { errorAbout, errorWith, responseTo } from "./apiResponse.js"
import { makeAim } from "./apiTarget.js"
import { readUnauthorized } from "./apiUnauthorized.js"
import { renewalsOf } from "./renewal.js"
import { inScopeOf } from "./requestScope.js"

/** The sales unit of the requests within an effect. */
export const currentMerchantSerialNumber = globalValue("effect-vipps-token/currentMerchantSerialNumber", () =>
  FiberRef.unsafeMake<MerchantSerialNumber | undefined>(undefined)
)

type Request = HttpClientRequest.HttpClientRequest
type Response = HttpClientResponse.HttpClientResponse
type Failure = HttpClientError.HttpClientError | TokenError

export const makeApiClient = (
  source: TokenSource,
  client: HttpClient.HttpClient
): HttpClient.HttpClient.With<Failure> => {
  const { flow } = source
  const apiHeaders = flow.apiHeaders === undefined ? {} : Redacted.value(flow.apiHeaders)
  const aim = makeAim(flow.baseUrl)
  const renewals = renewalsOf(source)

  const guarded = guardClient(client, { secretNames: secretHeaderNames })

  const headersFor = (merchant: MerchantSerialNumber | undefined, token: AccessToken) => ({
    ...apiHeaders,
    ...(merchant === undefined ? {} : merchantHeaders(merchant)),
    [tokenName]: Redacted.value(token.authorization)
  })

  /** Sends the target with a token, for the fiber that calls it. What comes back is about the target without it. */
  const attempt = (about: Attempt): Effect.Effect<Response, Failure> =>
    Effect.flatMap(FiberRef.get(currentMerchantSerialNumber), (merchant) => {
      const sent = inScopeOf(about.request, withHeaders(about.target, headersFor(merchant, about.token)))
      return Effect.matchEffect(guarded.execute(sent), {
        onSuccess: (answer) => handlers.onSuccess(answer, about),
        onFailure: (failure) => handlers.onFailure(failure, about)
      })
    })

  const unauthorized = (about: Attempt, { response, handOn }: Rejection) =>
    Effect.gen(function* () {
      const refused = yield* readUnauthorized(flow, about.token, response)
      if (about.isReplay) {
        yield* renewals.replayRefused
        return yield* handOn(refused)
      }
      const successor = yield* renewals.after(about.token, isReplayable(about.target.body))
      return Option.isNone(successor)
        ? yield* handOn(refused)
        : yield* attempt({ ...about, token: successor.value, isReplay: true })
    })

  const handlers = {
    onSuccess: (answer: Response, about: Attempt): Effect.Effect<Response, Failure> => {
      const response = responseTo(about.target, answer)
      return response.status === 401
        ? unauthorized(about, { response, handOn: Effect.succeed })
        : Effect.succeed(response)
    },
    onFailure: (failure: HttpClientError.HttpClientError, about: Attempt): Effect.Effect<Response, Failure> => {
      const error = errorAbout(about.target, failure)
      // A client below us that filters by status hides the answer in an error.
      return error._tag === "ResponseError" && error.reason === "StatusCode" && error.response.status === 401
        ? unauthorized(about, {
            response: error.response,
            handOn: (response) => Effect.fail(errorWith(error, response))
          })
        : Effect.fail(error)
    }
  }

  const send = (request: Request): Effect.Effect<Response, Failure> => {
    const aimed = aim(request)
    if (Either.isLeft(aimed)) return Effect.fail(aimed.left)
    const target = aimed.right
    return Effect.flatMap(source.get, (token) => attempt({ request, target, token, isReplay: false }))
  }

  return HttpClient.makeWith<never, never, Failure, never>(
    (request) => (isReady(request) ? send(request.value) : Effect.flatMap(request, send)),
    Effect.succeed
  )
}

/** One effect less for a request that nobody maps. */
const isReady = (request: Effect.Effect<Request>): request is Exit.Success<Request, never> =>
  Exit.isExit(request) && Exit.isSuccess(request)

const tokenName = "authorization"

/** What the caller has set stays, but for the token. */
const withHeaders = (target: Request, headers: Readonly<Record<string, string>>): Request =>
  HttpClientRequest.setHeaders(
    target,
    Object.keys(target.headers).some((name) => name !== tokenName && name in headers)
      ? { ...headers, ...target.headers, [tokenName]: headers[tokenName] }
      : headers
  )

interface Attempt {
  /** As the caller sends it. */
  readonly request: Request
  /** The same, aimed. */
  readonly target: Request
  readonly token: AccessToken
  /** With the token that came after a rejected one. */
  readonly isReplay: boolean
}

/** A 401. */
interface Rejection {
  readonly response: Response
  /** The answer as the user's client gave it, as a response or as an error, with a body that can still be read. */
  readonly handOn: (response: Response) => Effect.Effect<Response, Failure>
}

/** For a client's layer: below it, the names are redacted anyway, and a request need not see to it, which is dear. */
export const secretsRedacted = redactedWithin(secretHeaderNames)
