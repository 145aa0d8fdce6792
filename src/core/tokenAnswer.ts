/**
 * The meaning of a token endpoint's answer: a grant, an answer without a usable token, or a refusal. Total: any status,
 * any header and any body have a meaning, and none makes it throw.
 */
import { type Grant, type InvalidGrant, readGrant } from "./grant.js"
import { jsonField } from "./jsonField.js"
import { isOAuthError, judgeRefusal, type Refusal, type RefusedAnswer, retryAfterIn } from "./refusal.js"

export interface TokenAnswer extends Omit<RefusedAnswer, "body"> {
  readonly body: AnswerBody
  readonly sentAtMillis: number
}

/** The parsed JSON, or the reason why there is none. */
export type AnswerBody =
  | { readonly kind: "json"; readonly json: unknown }
  | { readonly kind: "unreadable"; readonly problem: string }

/** An answer of the 200s without a usable token, and the wait that it asks for all the same (F44). */
export type InvalidAnswer = InvalidGrant & { readonly retryAfterMillis: number | undefined }

/** Judges one answer. An OAuth error in place of a token is a refusal, with a status of the 200s as well (F51). */
export const judgeTokenAnswer = (answer: TokenAnswer): Grant | InvalidAnswer | Refusal => {
  const { body, status } = answer
  const json = body.kind === "json" ? body.json : undefined
  const isRefused = isOAuthError(json) && !holdsToken(json)
  return status >= 200 && status < 300 && !isRefused ? judgeSuccess(answer) : judgeRefusal({ ...answer, body: json })
}

/** Servers that always send the field leave it null or empty in a refusal. */
const holdsToken = (json: unknown): boolean => {
  const token = jsonField(json, "access_token")
  return typeof token === "string" && token !== ""
}

const judgeSuccess = (answer: TokenAnswer): Grant | InvalidAnswer => {
  const grant = grantIn(answer)
  return grant.kind === "granted" ? grant : { ...grant, retryAfterMillis: retryAfterIn(answer) }
}

const grantIn = ({ body, receivedAtMillis, secrets, sentAtMillis }: TokenAnswer): Grant | InvalidGrant => {
  if (body.kind === "unreadable") return { kind: "invalidResponse", problem: `body: ${body.problem}` }
  const grant = readGrant(body.json, secrets)
  // Expiry counts from when the request was sent, however slow the answer is (F18).
  return grant.kind === "granted" && sentAtMillis + grant.lifeMillis <= receivedAtMillis
    ? { kind: "invalidResponse", problem: "expires_in: was over before the answer arrived" }
    : grant
}
