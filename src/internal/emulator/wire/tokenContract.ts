/**
 * Bodies of the two token endpoints, as documented and observed. The emulator encodes its answers with these schemas;
 * the flows read more leniently.
 *
 * Sources: Access token API 2.0.0; docs/vipps-access-token.md §1.2, §2, §3.1.
 */
import * as Schema from "effect/Schema"

/** The documentation says string, its examples show numbers, the real servers send strings. */
export const WireNumber = Schema.Union(Schema.Int, Schema.String.pipe(Schema.pattern(/^[0-9]+$/)))

/** 200 of `POST /accesstoken/get`. */
export const StandardGrant = Schema.Struct({
  token_type: Schema.Literal("Bearer"),
  expires_in: WireNumber,
  ext_expires_in: WireNumber,
  expires_on: WireNumber,
  not_before: WireNumber,
  resource: Schema.String,
  access_token: Schema.String
})

/** 200 of `POST /miami/v1/token`. */
export const SpecializedGrant = Schema.Struct({
  token_type: Schema.Literal("Bearer"),
  expires_in: WireNumber,
  access_token: Schema.String,
  scope: Schema.optional(Schema.String)
})

/** Shape A: Microsoft Entra, behind the standard endpoint. */
export const EntraError = Schema.Struct({
  error: Schema.String,
  error_description: Schema.String,
  error_codes: Schema.Array(Schema.Int),
  timestamp: Schema.String,
  trace_id: Schema.String,
  correlation_id: Schema.String,
  error_uri: Schema.optional(Schema.String)
})

/** Shape B: Azure API Management, in front of everything: subscription keys and rate limits. */
export const ApiManagementError = Schema.Struct({
  statusCode: Schema.Int,
  message: Schema.String
})

/** Shape C: Vipps' own gateway. */
export const GatewayError = Schema.Struct({
  responseInfo: Schema.Struct({
    responseCode: Schema.Union(Schema.Int, Schema.String),
    responseMessage: Schema.String
  }),
  result: Schema.optional(Schema.Struct({ message: Schema.String }))
})

/** Shape D: OAuth 2.0 (RFC 6749 §5.2), from the specialized endpoint. */
export const OAuthError = Schema.Struct({
  error: Schema.String,
  error_description: Schema.optional(Schema.String)
})

/** Shape E: problem details (RFC 9457), from the newer APIs. */
export const Problem = Schema.Struct({
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String,
  instance: Schema.optional(Schema.String),
  traceId: Schema.optional(Schema.String),
  extraDetails: Schema.optional(Schema.Array(Schema.Struct({ name: Schema.String, reason: Schema.String })))
})
