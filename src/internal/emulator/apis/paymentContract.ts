/**
 * Bodies of ePayment, as far as the emulator supports them. Other fields are ignored.
 *
 * Source: the public OpenAPI of ePayment 1.8.1.
 */
import * as Schema from "effect/Schema"

/** One of these names, with one message for all of them. */
const oneOf = <const Names extends readonly [string, ...Array<string>]>(...names: Names) =>
  Schema.Literal(...names).annotations({
    message: () => ({ message: `must be one of ${names.join(", ")}`, override: true })
  })

/** An amount in minor units. */
export const Amount = Schema.Struct({
  currency: oneOf("NOK", "DKK", "EUR", "SEK", "USD", "GBP"),
  value: Schema.Int.pipe(Schema.between(0, 65_000_000))
})

export type Amount = typeof Amount.Type

const PaymentMethod = Schema.Struct({ type: oneOf("WALLET", "CARD", "CARD_PASSTHROUGH") })

const Metadata = Schema.Record({ key: Schema.String, value: Schema.String })

/** Body of `POST /epayment/v1/payments`. */
export const CreatePayment = Schema.Struct({
  amount: Amount,
  paymentMethod: PaymentMethod,
  reference: Schema.String.pipe(Schema.pattern(/^[a-zA-Z0-9-]{8,64}$/)),
  userFlow: oneOf("PUSH_MESSAGE", "NATIVE_REDIRECT", "WEB_REDIRECT", "QR"),
  returnUrl: Schema.optional(Schema.String),
  customer: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  metadata: Schema.optional(Schema.NullOr(Metadata))
})

export type CreatePayment = typeof CreatePayment.Type

/** 201 of `POST /epayment/v1/payments`. A push message has no redirect. */
export const CreatedPayment = Schema.Struct({
  redirectUrl: Schema.optional(Schema.String),
  reference: Schema.String
})

const Aggregate = Schema.Struct({
  authorizedAmount: Amount,
  cancelledAmount: Amount,
  capturedAmount: Amount,
  refundedAmount: Amount
})

/** 200 of a capture. `pspReference` is the one from the creation. */
export const AdjustedPayment = Schema.Struct({
  reference: Schema.String,
  pspReference: Schema.String,
  state: Schema.Literal("CREATED", "AUTHORIZED"),
  amount: Amount,
  aggregate: Aggregate
})

/** 200 of `GET /epayment/v1/payments/{reference}`. */
export const GotPayment = Schema.Struct({
  ...AdjustedPayment.fields,
  paymentMethod: PaymentMethod,
  profile: Schema.Struct({}),
  redirectUrl: Schema.optional(Schema.String),
  metadata: Schema.optional(Schema.NullOr(Metadata))
})

/** Body of `POST /epayment/v1/payments/{reference}/capture`. */
export const CapturePayment = Schema.Struct({ modificationAmount: Amount })
