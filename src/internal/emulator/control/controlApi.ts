/**
 * The control API: what the emulator can be asked and told while it runs, for tests in any language and for its page.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import * as Schemas from "./schemas.js"

/** The control API lies below this path, where Vipps has nothing. */
export const controlPath = "/__emulator"

/** A request that cannot be done, with what to do instead. */
export class ControlError extends Schema.TaggedError<ControlError>("ControlError")(
  "ControlError",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 400 })
) {}

/** There is nothing of this name. */
export class NotThere extends Schema.TaggedError<NotThere>("NotThere")(
  "NotThere",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 404 })
) {}

const Count = Schema.Struct({ count: Schema.Int })

const said = (summary: string) => OpenApi.annotations({ summary })

const watching = HttpApiGroup.make("watching")
  .add(
    HttpApiEndpoint.get("health", "/health")
      .addSuccess(Schema.Struct({ status: Schema.Literal("ok") }))
      .annotateContext(said("Tells that it answers."))
  )
  .add(
    HttpApiEndpoint.get("state", "/state")
      .addSuccess(Schemas.State)
      .annotateContext(said("Tokens, keys, faults that wait, lifetimes, and the variables of its own keys."))
  )
  .add(
    HttpApiEndpoint.get("events", "/events")
      .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
      .annotateContext(said("Server-sent events `request`, `state` and `findings`, each time one changes."))
  )
  .add(
    HttpApiEndpoint.get("findings", "/findings")
      .setUrlParams(Schemas.ClientChoice)
      .addSuccess(Schema.Struct({ findings: Schema.Array(Schemas.Finding) }))
      .annotateContext(said("What is wrong with the client, each with its requests. A test can end with it."))
  )
  .add(
    HttpApiEndpoint.get("requests", "/requests")
      .setUrlParams(
        Schema.Struct({
          ...Schemas.ClientChoice.fields,
          path: Schema.optional(Schema.String.annotations({ description: "The beginning of the path." })),
          limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.positive()))
        })
      )
      .addSuccess(Schema.Struct({ requests: Schema.Array(Schemas.JournalEntry) }))
      .annotateContext(said("The newest 2,000 requests, oldest first; all keys and tokens are masked."))
  )
  .add(
    HttpApiEndpoint.del("clearRequests", "/requests")
      .addSuccess(HttpApiSchema.NoContent)
      .annotateContext(said("Forgets the requests, and with them the findings."))
  )

const faults = HttpApiGroup.make("faults")
  .add(
    HttpApiEndpoint.get("faults", "/faults")
      .addSuccess(
        Schema.Struct({ available: Schema.Array(Schemas.KnownFault), waiting: Schema.Array(Schemas.WaitingFault) })
      )
      .annotateContext(said("All faults, and those that wait for the next answers."))
  )
  .add(
    HttpApiEndpoint.post("addFault", "/faults")
      .setPayload(Schemas.NewFault)
      .addSuccess(HttpApiSchema.NoContent)
      .addError(ControlError)
      .annotateContext(said("Makes the next answers go wrong: one, several, or always; to all clients, or one."))
  )
  .add(
    HttpApiEndpoint.del("clearFaults", "/faults")
      .setUrlParams(Schemas.ClientChoice)
      .addSuccess(HttpApiSchema.NoContent)
      .annotateContext(said("Forgets the faults that wait: all, or those for one client id."))
  )

const tokens = HttpApiGroup.make("tokens")
  .add(
    HttpApiEndpoint.post("expireTokens", "/tokens/expire")
      .setPayload(Schemas.TokenChoice)
      .addSuccess(Count)
      .annotateContext(said("Ends live tokens as if their time was over."))
  )
  .add(
    HttpApiEndpoint.post("revokeTokens", "/tokens/revoke")
      .setPayload(Schemas.TokenChoice)
      .addSuccess(Count)
      .annotateContext(said("Ends live tokens before their time."))
  )
  .add(
    HttpApiEndpoint.put("lifetime", "/lifetime")
      .setPayload(Schema.Struct({ lifetime: Schemas.DurationText, flow: Schema.optional(Schemas.Flow) }))
      .addSuccess(Schemas.Lifetimes)
      .annotateContext(said("Sets how long new tokens live, of one flow or of both."))
  )

const keys = HttpApiGroup.make("keys")
  .add(
    HttpApiEndpoint.put("acceptKeys", "/keys")
      .setPayload(Schemas.NewKeys)
      .addSuccess(HttpApiSchema.NoContent)
      .addError(ControlError)
      .annotateContext(
        said("Accepts keys as well; with a client id that it knows, the new secret takes the old one's place.")
      )
  )
  .add(
    HttpApiEndpoint.del("refuseKeys", "/keys")
      .setPayload(Schema.Struct({ clientId: Schema.String }))
      .addSuccess(HttpApiSchema.NoContent)
      .addError(NotThere)
      .annotateContext(said("Refuses a client id from now on. Tokens that it has been given go on working."))
  )
  .add(
    HttpApiEndpoint.post("approve", "/payments/:reference/approve")
      .setPath(Schema.Struct({ reference: Schema.String }))
      .addSuccess(HttpApiSchema.NoContent)
      .addError(NotThere)
      .annotateContext(said("Approves a payment, as its customer would."))
  )
  .add(
    HttpApiEndpoint.post("reset", "/reset")
      .addSuccess(HttpApiSchema.NoContent)
      .annotateContext(said("Sets everything back to how it was when the emulator began."))
  )

/** All of it, each endpoint with a sentence in its OpenAPI. */
export class ControlApi extends HttpApi.make("effect-vipps-token-emulator")
  .add(watching)
  .add(faults)
  .add(tokens)
  .add(keys)
  .prefix(controlPath) {}
