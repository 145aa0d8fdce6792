/**
 * The two token endpoints as specified, for the OpenAPI document. Their answers are made in `tokenEndpoints.ts`.
 *
 * Sources: Access token API 2.0.0; docs/vipps-access-token.md §1, §2, §3, §5.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import {
  ApiManagementError,
  EntraError,
  GatewayError,
  OAuthError,
  SpecializedGrant,
  StandardGrant
} from "../wire/tokenContract.js"

const systemHeader = (description: string, example: string) =>
  Schema.optional(Schema.String.pipe(Schema.maxLength(30)).annotations({ description, examples: [example] }))

const optionalHeaders = {
  "merchant-serial-number": Schema.optional(
    Schema.String.pipe(Schema.pattern(/^[0-9]{4,10}$/)).annotations({
      description: "The merchant serial number (MSN) of the sales unit. It speeds up trouble-shooting.",
      examples: ["123456"]
    })
  ),
  "vipps-system-name": systemHeader("The name of the ecommerce solution.", "WooCommerce"),
  "vipps-system-version": systemHeader("The version of the ecommerce solution.", "5.4.0"),
  "vipps-system-plugin-name": systemHeader("The name of the ecommerce plugin.", "woocommerce-payment"),
  "vipps-system-plugin-version": systemHeader("The version of the ecommerce plugin.", "1.4.1")
}

const standard = HttpApiEndpoint.post("standard", "/accesstoken/get")
  .setHeaders(
    Schema.Struct({
      client_id: Schema.String.annotations({
        jsonSchema: {
          type: "string",
          format: "guid",
          description: "The client id of the sales unit.",
          examples: ["fb492b5e-7907-4d83-ba20-c7fb60ca35de"]
        }
      }),
      client_secret: Schema.String.annotations({
        description: "The client secret of the sales unit.",
        examples: ["Y8Kteew6GE2ZmeycEt6egg=="]
      }),
      "ocp-apim-subscription-key": Schema.String.annotations({
        description: "The subscription key of the sales unit.",
        examples: ["da7d5b0e18a84aeda961c0c31b75c2a9"]
      }),
      ...optionalHeaders
    })
  )
  .addSuccess(
    StandardGrant.annotations({ description: "The token, valid for an hour unless the lifetime was changed." })
  )
  .addError(EntraError.annotations({ description: "The client id is unknown, or belongs to the other environment." }), {
    status: 400
  })
  .addError(ApiManagementError.annotations({ description: "The subscription key was refused." }), { status: 401 })
  .addError(EntraError.annotations({ description: "The client secret was refused." }), { status: 401 })
  .addError(ApiManagementError.annotations({ description: "Too many requests. Retry-After says when to try again." }), {
    status: 429
  })
  .addError(GatewayError.annotations({ description: "An internal error." }), { status: 500 })
  .annotateContext(
    OpenApi.annotations({ summary: "Standard authentication: the keys are headers, the body is empty." })
  )

const specialized = HttpApiEndpoint.post("specialized", "/miami/v1/token")
  .setHeaders(
    Schema.Struct({
      authorization: Schema.String.annotations({
        description: "Basic, and the Base64 of client_id:client_secret, as they are.",
        examples: ["Basic OTY1OGY0ZTItMjZhOC00MzQzLTliNzUtNjdhZTkzODAyMzJkOlk4S3RlZXc2R0UyWm1leWNFdDZlZ2c9PQ=="]
      })
    })
  )
  .setPayload(
    HttpApiSchema.withEncoding(
      Schema.Struct({
        grant_type: Schema.Literal("client_credentials"),
        scope: Schema.optional(Schema.String.annotations({ examples: ["donations:read"] }))
      }),
      { kind: "UrlParams" }
    )
  )
  .addSuccess(
    SpecializedGrant.annotations({ description: "The token, valid for 15 minutes unless the lifetime was changed." })
  )
  .addError(OAuthError.annotations({ description: "The scope was refused." }), { status: 400 })
  .addError(
    OAuthError.annotations({
      description: "invalid_client: keys refused, grant_type missing, or a subscription key sent."
    }),
    { status: 401 }
  )
  .addError(GatewayError.annotations({ description: "An internal error." }), { status: 500 })
  .annotateContext(
    OpenApi.annotations({
      summary: "Specialized authentication: OAuth 2.0 client credentials, without a subscription key."
    })
  )

/** The specification of the two endpoints. */
export class TokenApi extends HttpApi.make("vipps-access-token").add(
  HttpApiGroup.make("vipps").add(standard).add(specialized)
) {}
