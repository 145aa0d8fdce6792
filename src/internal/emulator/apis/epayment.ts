/**
 * ePayment: create, get and capture. The test approves payments in place of the customer.
 *
 * Source: the public OpenAPI of ePayment 1.8.1 and its list of error codes.
 */

import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type Answer, jsonAnswer } from "../wire/exchange.js"
import type { SalesUnitCall } from "./apiCall.js"
import {
  AdjustedPayment,
  type Amount,
  CapturePayment,
  CreatedPayment,
  CreatePayment,
  GotPayment
} from "./paymentContract.js"
import { invalid, missingParameter, type PaymentRefusal, refusals, refuse } from "./paymentRefusals.js"
import type { Payment } from "./payments.js"

/** `POST /epayment/v1/payments` */
export const createPayment = (call: SalesUnitCall): Answer =>
  once(call, "create", refusals.keyUsed, () =>
    withBody(call, readCreatePayment, (body) => {
      const refusal = creationRefusal(call, body)
      if (refusal !== undefined) return refuse(call, refusal)
      const { redirectUrl, reference } = call.payments.create(call.salesUnit, body)
      return jsonAnswer(201, CreatedPayment, { reference, redirectUrl })
    })
  )

/** `GET /epayment/v1/payments/{reference}` */
export const getPayment = (call: SalesUnitCall): Answer => {
  const payment = paymentOf(call)
  if (payment === undefined) return refuse(call, refusals.referenceNotFound)
  const { metadata, paymentMethod, redirectUrl } = payment
  return jsonAnswer(200, GotPayment, {
    ...adjusted(payment),
    paymentMethod,
    profile: {},
    redirectUrl,
    metadata
  })
}

/** `POST /epayment/v1/payments/{reference}/capture`: of all that was authorized, or of a part. */
export const capturePayment = (call: SalesUnitCall): Answer =>
  once(call, `capture ${call.params.reference}`, refusals.captureKeyUsed, () =>
    withBody(call, readCapturePayment, ({ modificationAmount }) => {
      const payment = paymentOf(call)
      if (payment === undefined) return refuse(call, refusals.referenceNotFound)
      const refusal = captureRefusal(payment, modificationAmount)
      if (refusal !== undefined) return refuse(call, refusal)
      const captured = call.payments.capture(call.salesUnit, payment, modificationAmount.value)
      return jsonAnswer(200, AdjustedPayment, adjusted(captured))
    })
  )

const paymentOf = ({ params, payments, salesUnit }: SalesUnitCall): Payment | undefined =>
  payments.find(salesUnit, params.reference ?? "")

const adjusted = ({ amount, captured, pspReference, reference, state }: Payment): typeof AdjustedPayment.Type => {
  const of = (value: number): Amount => ({ currency: amount.currency, value })
  return {
    reference,
    pspReference,
    state,
    amount,
    aggregate: {
      authorizedAmount: of(state === "AUTHORIZED" ? amount.value : 0),
      cancelledAmount: of(0),
      capturedAmount: of(captured),
      refundedAmount: of(0)
    }
  }
}

const creationRefusal = (call: SalesUnitCall, body: CreatePayment): PaymentRefusal | undefined => {
  const { amount, customer, reference, returnUrl, userFlow } = body
  if (userFlow === "WEB_REDIRECT" && returnUrl === undefined) return missingParameter("returnUrl", userFlow)
  if (userFlow === "PUSH_MESSAGE" && customer === undefined) return missingParameter("customer", userFlow)
  if (amount.value < smallest(amount)) return refusals.amountTooSmall
  return call.payments.find(call.salesUnit, reference) === undefined ? undefined : refusals.referenceExists
}

const captureRefusal = ({ amount, captured, state }: Payment, asked: Amount): PaymentRefusal | undefined => {
  if (state !== "AUTHORIZED") return refusals.notReserved
  if (asked.currency !== amount.currency || asked.value === 0) return refusals.invalidAmount
  return asked.value > amount.value - captured ? refusals.captureTooHigh : undefined
}

const smallest = ({ currency }: Amount): number => (currency === "NOK" || currency === "SEK" ? 100 : 1)

/** Requires an idempotency key, and performs repeated requests once. */
const once = (call: SalesUnitCall, operation: string, conflict: PaymentRefusal, perform: () => Answer): Answer => {
  const { paymentAnswers, request, salesUnit } = call
  const key = request.headers["idempotency-key"] ?? ""
  if (key.length < 1 || key.length > 50) {
    return invalid(call, [{ name: "Idempotency-Key", reason: "must be a header of 1 to 50 characters" }])
  }
  return paymentAnswers.answer({ salesUnit, operation, key, body: request.body }, perform, () => refuse(call, conflict))
}

/** Continues with a valid body, or responds with the name of each invalid field. */
const withBody = <A>(
  call: SalesUnitCall,
  read: (text: string) => Either.Either<A, ParseResult.ParseError>,
  perform: (body: A) => Answer
): Answer =>
  Either.match(read(call.request.body), {
    onRight: perform,
    onLeft: (error) =>
      invalid(
        call,
        ParseResult.ArrayFormatter.formatErrorSync(error).map(({ message, path }) => ({
          name: path.length === 0 ? "body" : path.join("."),
          reason: message
        }))
      )
  })

const reading = <A, I>(body: Schema.Schema<A, I>) =>
  Schema.decodeUnknownEither(Schema.parseJson(body), { errors: "all" })

const readCreatePayment = reading(CreatePayment)

const readCapturePayment = reading(CapturePayment)
