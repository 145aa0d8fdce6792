/**
 * Whether the servers can be reached: name, connection, certificate, and the machine's clock. The request carries no
 * key.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { judgeTransportFailure, type TransportFailure } from "../../../core/transportFailure.js"
import { timeoutFail } from "../../effect/timeout.js"
import { exitCode } from "../commandFailed.js"
import { type CheckResult, fail, ok, skipped, warn } from "./checkResult.js"
import { networkProblem } from "./networkProblem.js"

/** `Date` counts whole seconds, and the answer takes a while: less than this is no difference. */
const toleratedSkewMillis = 60_000

export const reach = (
  baseUrl: URL,
  timeout: Duration.Duration
): Effect.Effect<ReadonlyArray<CheckResult>, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const sentAt = yield* Clock.currentTimeMillis
    const request = HttpClientRequest.head(baseUrl.href)
    const answer = yield* client.execute(request).pipe(
      Effect.mapError(judgeTransportFailure),
      timeoutFail({
        duration: timeout,
        onTimeout: (): TransportFailure => ({ kind: "passing", code: "ETIMEDOUT" })
      }),
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
      Effect.either
    )
    const answeredAt = yield* Clock.currentTimeMillis
    return answer._tag === "Left"
      ? [
          unreachable(yield* unreachableSentences(baseUrl, answer.left), answer.left),
          skipped("clock", "There is no answer to compare with.")
        ]
      : [reached(baseUrl, answer.right, answeredAt - sentAt), clock(answer.right, (sentAt + answeredAt) / 2)]
  })

interface Sentences {
  readonly message: string
  readonly next: string
}

/** Says why a server cannot be reached, and what to do. */
export const unreachableSentences = ({ host }: URL, failure: TransportFailure): Effect.Effect<Sentences> => {
  const { next, what } = networkProblem(failure)
  const code = failure.code === undefined ? "" : ` (${failure.code})`
  return Effect.map(proxyAdvice, (proxy) => ({ message: `${what(host)}${code}.`, next: `${next}${proxy}` }))
}

const unreachable = ({ message, next }: Sentences, { kind }: TransportFailure): CheckResult =>
  fail("reach", message, next, kind === "terminal" ? exitCode.rejected : exitCode.passing)

const reached = (baseUrl: URL, { status }: HttpClientResponse.HttpClientResponse, millis: number): CheckResult => {
  if (status === 407) {
    return fail(
      "reach",
      `A proxy on the way to ${baseUrl.host} asks for credentials of its own (HTTP 407).`,
      "Put the proxy's user name and password into HTTPS_PROXY, or ask whoever runs it.",
      exitCode.rejected
    )
  }
  return ok("reach", `${baseUrl.host} answers, in ${Math.max(1, Math.round(millis))} ms.`)
}

const clock = ({ headers }: HttpClientResponse.HttpClientResponse, nowMillis: number): CheckResult => {
  const serverMillis = Date.parse(headers.date ?? "")
  if (Number.isNaN(serverMillis))
    return skipped("clock", "The answer has no date to compare this machine's clock with.")
  const ahead = nowMillis - serverMillis
  if (Math.abs(ahead) <= toleratedSkewMillis) return ok("clock", "This machine's clock agrees with the server's.")
  const difference = Duration.format(Duration.seconds(Math.round(Math.abs(ahead) / 1000)))
  return warn(
    "clock",
    `This machine's clock is ${difference} ${ahead > 0 ? "ahead of" : "behind"} the server's.`,
    "Set it by NTP. Tokens work all the same, but the times at which they expire are shown wrong, and TLS may fail."
  )
}

/** Node's fetch uses a proxy only with an option (Node 22.21 and 24), and a user who has set a proxy expects it to. */
const proxyAdvice: Effect.Effect<string> = Effect.gen(function* () {
  const isSet = (name: string) =>
    Effect.map(Effect.option(Config.string(name)), (value) => value._tag === "Some" && value.value !== "")
  const proxy = (yield* isSet("HTTPS_PROXY")) || (yield* isSet("https_proxy"))
  return proxy && !(yield* isSet("NODE_USE_ENV_PROXY"))
    ? " HTTPS_PROXY is set, but Node uses it only with NODE_USE_ENV_PROXY=1 (Node 22.21, 24 or later)."
    : ""
})
