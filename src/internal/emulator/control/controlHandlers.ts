/** The handlers of the control API. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { FlowName } from "../../../core/tokenRequest.js"
import { SpecializedCredentials } from "../../../specialized/SpecializedCredentials.js"
import { StandardCredentials } from "../../../standard/StandardCredentials.js"
import { MerchantSerialNumber } from "../../../VippsEnvironment.js"
import type { Emulator } from "../emulator.js"
import type { KnownToken } from "../tokens/issuedTokens.js"
import { bodyExample } from "./bodyExamples.js"
import { ControlApi, ControlError, NotThere } from "./controlApi.js"
import { waitingFaults } from "./emulatorState.js"
import { eventStream } from "./events.js"
import { faultCatalogue, faultNamed } from "./faultCatalogue.js"
import { findingsOf } from "./findings.js"
import type { Journal } from "./journal.js"
import { clientLabel } from "./masking.js"
import type { NewKeys, State, TokenChoice } from "./schemas.js"

/** The emulator and its journal, as the handlers see them. */
export interface Controlled {
  readonly emulator: Emulator
  readonly journal: Journal
  readonly state: () => State
  /** Restores the state in which the emulator started. */
  readonly reset: Effect.Effect<void>
}

/** Builds the control API of an emulator. */
export const controlLayer = (controlled: Controlled) =>
  HttpApiBuilder.api(ControlApi).pipe(
    Layer.provide([
      watchingLayer(controlled),
      faultsLayer(controlled),
      tokensLayer(controlled),
      keysLayer(controlled),
      tellNoValues
    ])
  )

const watchingLayer = ({ journal, state }: Controlled) =>
  HttpApiBuilder.group(ControlApi, "watching", (handlers) =>
    handlers
      .handle("health", () => Effect.succeed({ status: "ok" as const }))
      .handle("state", () => Effect.sync(state))
      .handleRaw("events", () =>
        Effect.succeed(
          HttpServerResponse.stream(eventStream(journal, state), {
            contentType: "text/event-stream",
            headers: { "cache-control": "no-store", "x-accel-buffering": "no" }
          })
        )
      )
      .handle("findings", ({ urlParams }) =>
        Effect.sync(() => {
          const facts = journal.facts().filter(({ clientId }) => isChosen(clientId, urlParams.clientId))
          return { findings: findingsOf(facts) }
        })
      )
      .handle("requests", ({ urlParams: { clientId, limit, path } }) =>
        Effect.sync(() => {
          const ids = new Set(
            journal.facts().flatMap((facts) => (isChosen(facts.clientId, clientId) ? [facts.id] : []))
          )
          const entries = journal.entries().filter((entry) => ids.has(entry.id) && startsWith(entry.path, path ?? ""))
          return { requests: limit === undefined ? entries : entries.slice(-limit) }
        })
      )
      .handle("clearRequests", () => journal.clear)
  )

const startsWith = (path: string, beginning: string): boolean => path.toLowerCase().startsWith(beginning.toLowerCase())

/** A client is chosen by its whole id, or by the eight characters that are shown. */
const isChosen = (clientId: string | undefined, chosen: string | undefined): boolean =>
  chosen === undefined ||
  clientId === chosen ||
  (clientId !== undefined && chosen.length >= 8 && clientLabel(clientId) === `${chosen.replace(/…$/, "")}…`)

/** The whole id of a client that was chosen by its first characters, if its keys are known. */
const wholeClientId = ({ keys }: Emulator, chosen: string): string =>
  keys.all().find(({ clientId }) => isChosen(clientId, chosen))?.clientId ?? chosen

const faultsLayer = ({ emulator, journal }: Controlled) =>
  HttpApiBuilder.group(ControlApi, "faults", (handlers) =>
    handlers
      .handle("faults", () =>
        Effect.sync(() => ({
          available: faultCatalogue.map(({ group, name, options, sentence }) => ({
            name,
            group,
            sentence,
            options: options ?? null
          })),
          waiting: waitingFaults(emulator)
        }))
      )
      .handle("addFault", ({ payload: { clientId, fault, flow, on, options, times } }) =>
        Either.match(faultNamed(fault, options), {
          onLeft: (message) => Effect.fail(new ControlError({ message })),
          onRight: (made) => {
            const queue = on === "token" ? emulator.tokenFaults : emulator.apiFaults
            const client = clientId === undefined ? undefined : wholeClientId(emulator, clientId)
            queue.add(made, times === "always" ? Number.POSITIVE_INFINITY : times, { flow, clientId: client })
            return journal.stateChanged
          }
        })
      )
      .handle("clearFaults", ({ urlParams: { clientId } }) => {
        const client = clientId === undefined ? undefined : wholeClientId(emulator, clientId)
        emulator.tokenFaults.clear(client)
        emulator.apiFaults.clear(client)
        return journal.stateChanged
      })
  )

const tokensLayer = ({ emulator, journal, state }: Controlled) => {
  const end = (as: "expired" | "revoked", choice: typeof TokenChoice.Type) =>
    Effect.suspend(() => {
      const which = ({ clientId, serial }: KnownToken) =>
        (choice.id === undefined || serial === choice.id) && isChosen(clientId, choice.clientId)
      const count = emulator.tokens.end(as, emulator.nowMillis, which)
      return Effect.as(journal.stateChanged, { count })
    })
  return HttpApiBuilder.group(ControlApi, "tokens", (handlers) =>
    handlers
      .handle("expireTokens", ({ payload }) => end("expired", payload))
      .handle("revokeTokens", ({ payload }) => end("revoked", payload))
      .handle("lifetime", ({ payload: { flow, lifetime } }) =>
        Effect.suspend(() => {
          const flows: ReadonlyArray<FlowName> = flow === undefined ? ["standard", "specialized"] : [flow]
          for (const one of flows) emulator.tokens.setLifetime(one, lifetime)
          return Effect.zipRight(
            journal.stateChanged,
            Effect.sync(() => state().lifetimes)
          )
        })
      )
  )
}

const keysLayer = ({ emulator, journal, reset }: Controlled) =>
  HttpApiBuilder.group(ControlApi, "keys", (handlers) =>
    handlers
      .handle("acceptKeys", ({ payload }) => Effect.zipRight(acceptKeys(emulator, payload), journal.stateChanged))
      .handle("refuseKeys", ({ payload: { clientId } }) =>
        emulator.keys.refuseClient(wholeClientId(emulator, clientId))
          ? journal.stateChanged
          : Effect.fail(new NotThere({ message: "No keys with this client id are accepted." }))
      )
      .handle("approve", ({ path: { reference } }) =>
        emulator.payments.approve(reference)
          ? journal.stateChanged
          : Effect.fail(new NotThere({ message: "There is no payment with this reference." }))
      )
      .handle("reset", () => reset)
  )

const acceptKeys = (emulator: Emulator, keys: typeof NewKeys.Type): Effect.Effect<void, ControlError> => {
  const { clientId, merchantSerialNumber, merchants, subscriptionKey } = keys
  const clientSecret = Redacted.make(keys.clientSecret)
  if (subscriptionKey === undefined) {
    return merchantSerialNumber === undefined && merchants === undefined
      ? SpecializedCredentials.decode({ clientId, clientSecret }).pipe(
          Effect.map((credentials) => emulator.keys.accept(credentials)),
          Effect.mapError(toControlError)
        )
      : Effect.fail(new ControlError({ message: "Keys with a merchant need a subscriptionKey." }))
  }
  const row = { clientId, clientSecret, subscriptionKey: Redacted.make(subscriptionKey), merchantSerialNumber }
  return StandardCredentials.decode(row).pipe(
    Effect.map((credentials) =>
      merchants === undefined
        ? emulator.keys.accept(credentials)
        : emulator.keys.acceptPartner(
            credentials,
            merchants.map((digits) => MerchantSerialNumber.make(digits))
          )
    ),
    Effect.mapError(toControlError)
  )
}

const toControlError = ({ message }: { readonly message: string }) => new ControlError({ message })

/** Names the invalid fields of a malformed request, but not their values, which may be keys. */
const tellNoValues = HttpApiBuilder.middleware(ControlApi, (app) =>
  Effect.catchAllCause(app, (cause) =>
    Effect.gen(function* () {
      const error = Cause.squash(cause)
      if (!(error instanceof HttpApiDecodeError)) return yield* Effect.failCause(cause)
      const request = yield* HttpServerRequest.HttpServerRequest
      const example = bodyExample(request.method, request.url.split("?")[0] ?? "")
      if (example !== undefined && (yield* Effect.orDie(request.text)) === "") {
        return yield* new HttpApiDecodeError({
          issues: [],
          message: `The body is empty; send JSON such as ${example}.`
        })
      }
      const issues = error.issues.map((issue) => ({ ...issue, message: issue.message.split(", actual ")[0] ?? "" }))
      const message = issues.map((issue) => [...issue.path.map(String), issue.message].join(": ")).join("; ")
      return yield* new HttpApiDecodeError({ issues, message })
    })
  )
)
