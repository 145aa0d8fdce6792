/**
 * Authorization in front of every API: the token, the subscription key and the merchant.
 *
 * Source: docs/vipps-access-token.md §2 (who reaches what), §5 (whom a partner acts for), §8 (how a 401 looks).
 */
import { headerName } from "../../../core/tokenRequest.js"
import type { AcceptedKeys } from "../tokens/acceptedKeys.js"
import type { IssuedTokens, KnownToken } from "../tokens/issuedTokens.js"
import { gatewayRefusal, type Occasion, problem, reportRefusal, somethingWentWrong } from "../tokens/refusals.js"
import { subscriptionKeyRefusal } from "../tokens/tokenEndpoints.js"
import type { Answer, EmulatorRequest } from "../wire/exchange.js"
import type { IdempotentAnswers } from "./idempotentAnswers.js"
import type { Payments } from "./payments.js"

/** A call of an API and everything it may read or change. */
export interface ApiCall {
  readonly request: EmulatorRequest
  readonly params: Readonly<Record<string, string>>
  readonly occasion: Occasion
  readonly keys: AcceptedKeys
  readonly tokens: IssuedTokens
  readonly payments: Payments
  readonly paymentAnswers: IdempotentAnswers
}

export type Api = (call: ApiCall) => Answer

/** A call for one sales unit. */
export interface SalesUnitCall extends ApiCall {
  readonly salesUnit: string
}

/** The token of the call, if it is valid. The scheme must be `Bearer`, in this spelling. */
const callerOf = ({ occasion, request, tokens }: ApiCall): KnownToken | undefined => {
  const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1]
  return bearer === undefined ? undefined : tokens.accepted(bearer, occasion.nowMillis)
}

/** Guards most APIs. API Management checks the subscription key before anything checks the token. */
export const forSalesUnit =
  (api: (call: SalesUnitCall) => Answer): Api =>
  (call) => {
    const refused = subscriptionKeyRefusal(call.keys, call.request)
    if (refused !== undefined) return refused
    const caller = callerOf(call)
    if (caller?.flow !== "standard") return gatewayRefusal(401, "Unauthorized", somethingWentWrong)
    const merchant = call.request.headers[headerName.merchantSerialNumber] || undefined
    const salesUnit = call.keys.salesUnitOf(caller.clientId, merchant)
    return salesUnit === undefined ? notForMerchant(merchant, call.occasion) : api({ ...call, salesUnit })
  }

const notForMerchant = (merchant: string | undefined, occasion: Occasion): Answer =>
  problem(
    403,
    "Forbidden",
    merchant === undefined
      ? "Partner keys need the header Merchant-Serial-Number."
      : "The merchant of Merchant-Serial-Number is not linked to these partner keys.",
    occasion
  )

/** Guards reports: accounting keys need no subscription key, the keys of a sales unit do. */
export const forReport =
  (api: Api): Api =>
  (call) => {
    switch (callerOf(call)?.flow) {
      case "specialized":
        return api(call)
      case "standard":
        return subscriptionKeyRefusal(call.keys, call.request) ?? api(call)
      case undefined:
        return reportRefusal
    }
  }
