/**
 * Refusals of ePayment: invalid fields by name, and impossible requests by error code. Callers branch on status and
 * code, since the wording changes.
 *
 * Source: the public list of ePayment's error codes, and of its statuses.
 */

import { type ProblemDetails, problem } from "../tokens/refusals.js"
import type { Answer } from "../wire/exchange.js"
import type { ApiCall } from "./apiCall.js"

export interface PaymentRefusal {
  readonly status: number
  readonly code: number
  readonly title: string
  readonly detail: string
}

export const refuse = (call: ApiCall, { code, detail, status, title }: PaymentRefusal): Answer =>
  problem(status, title, detail, call.occasion, {
    instance: instanceOf(call),
    extraDetails: [{ name: "ErrorCode", reason: String(code) }]
  })

/** Refuses invalid headers or fields, each with its reason. */
export const invalid = (call: ApiCall, extraDetails: NonNullable<ProblemDetails["extraDetails"]>): Answer =>
  problem(400, "Bad Request", "See extraDetails for further details", call.occasion, {
    instance: instanceOf(call),
    extraDetails
  })

const instanceOf = ({ request }: ApiCall): string => request.url.pathname.replace(/^\/epayment/i, "")

export const missingParameter = (field: string, userFlow: string): PaymentRefusal => ({
  status: 400,
  code: 4140,
  title: "Missing required parameter",
  detail: `${field} is required when userFlow is ${userFlow}.`
})

export const refusals = {
  captureKeyUsed: {
    status: 409,
    code: 4010,
    title: "Capture idempotency conflict",
    detail: "This Idempotency-Key was used for a capture with another body."
  },
  keyUsed: {
    status: 409,
    code: 4020,
    title: "Idempotency error",
    detail: "This Idempotency-Key was used for a payment with another body."
  },
  invalidAmount: {
    status: 400,
    code: 4040,
    title: "Invalid amount",
    detail: "The amount must be more than zero, in the currency of the payment."
  },
  referenceExists: {
    status: 409,
    code: 4150,
    title: "Reference exists",
    detail: "There is a payment with this reference."
  },
  referenceNotFound: {
    status: 404,
    code: 5090,
    title: "Reference not found",
    detail: "There is no payment with this reference for this merchant serial number."
  },
  amountTooSmall: {
    status: 400,
    code: 6010,
    title: "Amount too small",
    detail: "The smallest amount is 100 of the minor unit in NOK and SEK, and 1 in other currencies."
  },
  notReserved: {
    status: 400,
    code: 6080,
    title: "Cannot capture before reservation",
    detail: "The amount is not reserved: the user must accept the payment before it can be captured."
  },
  captureTooHigh: {
    status: 400,
    code: 6090,
    title: "Capture amount too high",
    detail: "All captures together cannot exceed the amount that is authorized."
  }
} satisfies Record<string, PaymentRefusal>
