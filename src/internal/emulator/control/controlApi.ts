/** The control API, which tests in any language and the page use to watch and change the running emulator. */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import * as Schemas from "./schemas.js"

/** The path prefix of the control API, which Vipps does not use. */
export const controlPath = "/__emulator"

/** A request that cannot be carried out, with the reason. */
export class ControlError extends Schema.TaggedError<ControlError>("ControlError")(
  "ControlError",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 400 })
) {}

/** Nothing with this name exists. */
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
      .annotateContext(said("Reports that the server is up."))
  )
  .add(
    HttpApiEndpoint.get("state", "/state")
      .addSuccess(Schemas.State)
      .annotateContext(
        said("Returns tokens, keys, queued faults, lifetimes, and the variables of the emulator's own keys.")
      )
  )
  .add(
    HttpApiEndpoint.get("events", "/events")
      .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
      .annotateContext(
        said("Streams server-sent events: `request`, `cleared`, `state` and `findings`, on every change.")
      )
  )
  .add(
    HttpApiEndpoint.get("findings", "/findings")
      .setUrlParams(Schemas.ClientChoice)
      .addSuccess(Schema.Struct({ findings: Schema.Array(Schemas.Finding) }))
      .annotateContext(said("Returns mistakes of the client, each with its requests. A test can end with this call."))
  )
  .add(
    HttpApiEndpoint.get("requests", "/requests")
      .setUrlParams(
        Schema.Struct({
          ...Schemas.ClientChoice.fields,
          path: Schema.optional(Schema.String.annotations({ description: "A prefix of the path." })),
          limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.positive()))
        })
      )
      .addSuccess(Schema.Struct({ requests: Schema.Array(Schemas.JournalEntry) }))
      .annotateContext(said("Returns the newest 2,000 requests, oldest first, with keys and tokens masked."))
  )
  .add(
    HttpApiEndpoint.del("clearRequests", "/requests")
      .addSuccess(HttpApiSchema.NoContent)
      .annotateContext(said("Clears the requests, and with them the findings."))
  )

const faults = HttpApiGroup.make("faults")
  .add(
    HttpApiEndpoint.get("faults", "/faults")
      .addSuccess(
        Schema.Struct({ available: Schema.Array(Schemas.KnownFault), waiting: Schema.Array(Schemas.WaitingFault) })
      )
      .annotateContext(said("Returns all available faults and the queued ones."))
  )
  .add(
    HttpApiEndpoint.post("addFault", "/faults")
      .setPayload(Schemas.NewFault)
      .addSuccess(HttpApiSchema.NoContent)
      .addError(ControlError)
      .annotateContext(said("Queues a fault for the next answers: one, several or all, for every client or for one."))
  )
  .add(
    HttpApiEndpoint.del("clearFaults", "/faults")
      .setUrlParams(Schemas.ClientChoice)
      .addSuccess(HttpApiSchema.NoContent)
      .annotateContext(said("Removes the queued faults: all, or those of one client."))
  )

const tokens = HttpApiGroup.make("tokens")
  .add(
    HttpApiEndpoint.post("expireTokens", "/tokens/expire")
      .setPayload(Schemas.TokenChoice)
      .addSuccess(Count)
      .annotateContext(said("Expires live tokens early."))
  )
  .add(
    HttpApiEndpoint.post("revokeTokens", "/tokens/revoke")
      .setPayload(Schemas.TokenChoice)
      .addSuccess(Count)
      .annotateContext(said("Revokes live tokens."))
  )
  .add(
    HttpApiEndpoint.put("lifetime", "/lifetime")
      .setPayload(Schema.Struct({ lifetime: Schemas.DurationText, flow: Schema.optional(Schemas.Flow) }))
      .addSuccess(Schemas.Lifetimes)
      .annotateContext(said("Sets the lifetime of new tokens, for one flow or for both."))
  )

const keys = HttpApiGroup.make("keys")
  .add(
    HttpApiEndpoint.put("acceptKeys", "/keys")
      .setPayload(Schemas.NewKeys)
      .addSuccess(HttpApiSchema.NoContent)
      .addError(ControlError)
      .annotateContext(said("Accepts more keys. For a known client id, the new secret replaces the old one."))
  )
  .add(
    HttpApiEndpoint.del("refuseKeys", "/keys")
      .setPayload(Schema.Struct({ clientId: Schema.String }))
      .addSuccess(HttpApiSchema.NoContent)
      .addError(NotThere)
      .annotateContext(said("Refuses a client id from now on. Tokens that were issued to it keep working."))
  )
  .add(
    HttpApiEndpoint.post("approve", "/payments/:reference/approve")
      .setPath(Schema.Struct({ reference: Schema.String }))
      .addSuccess(HttpApiSchema.NoContent)
      .addError(NotThere)
      .annotateContext(said("Approves a payment in place of its customer."))
  )
  .add(
    HttpApiEndpoint.post("reset", "/reset")
      .addSuccess(HttpApiSchema.NoContent)
      .annotateContext(said("Restores the state in which the emulator started."))
  )

/** All endpoints of the control API. */
export class ControlApi extends HttpApi.make("effect-vipps-token-emulator")
  .add(watching)
  .add(faults)
  .add(tokens)
  .add(keys)
  .prefix(controlPath) {}
