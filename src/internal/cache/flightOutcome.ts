/**
 * What becomes of a key's state when a flight has ended, and what is told to those who asked for that very flight.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../AccessToken.js"
import { refreshAgeMillis } from "../../core/refreshPolicy.js"
import { abandon, fail, type HeldToken, install, judgeToken, type Reading } from "../../core/tokenState.js"
import { InvalidResponse, type TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import { severityOf } from "../tokenErrors.js"
import type { Granted, Refused } from "./sharing.js"
import type { KeyState } from "./tokenEntry.js"

export const settleIn = (
  flow: TokenFlow,
  state: KeyState,
  now: Reading,
  generation: number,
  outcome: Either.Either<Granted, Refused>,
  softWindow: number,
  random: number
): readonly [Either.Either<AccessToken, TokenRequestError>, KeyState] => {
  const failed = ({ error, noted }: Refused) =>
    [Either.left(error), fail(state, generation, noted ?? { error, ...severityOf(error), at: now, random })] as const
  if (Either.isLeft(outcome)) return failed(outcome.left)
  const candidate = heldToken(outcome.right, generation, softWindow, random)
  const invalid = (problem: string) =>
    failed({ error: new InvalidResponse({ flow: flow.name, label: flow.label, problem }) })
  switch (judgeToken(state, candidate, now)) {
    case "installed":
      return [Either.right(candidate.token), install(state, candidate)]
    case "outdated":
      return [Either.right(state.held?.token ?? candidate.token), abandon(state, generation)]
    case "over":
      return invalid("access_token: is already over")
    case "repeated":
      return invalid("access_token: is the same as before")
  }
}

const heldToken = (
  { askedAt, token }: Granted,
  generation: number,
  softWindow: number,
  random: number
): HeldToken<AccessToken> => {
  const lifeMillis = token.expiresAt.epochMillis - token.issuedAt.epochMillis
  return {
    token,
    text: Redacted.value(token.value),
    askedAt,
    lifeMillis,
    refreshAgeMillis: refreshAgeMillis(lifeMillis, softWindow, random, askedAt.monotonicMillis),
    generation
  }
}
