/**
 * What a test holds of the emulator: its address, the keys that it accepts, what it has seen, and what goes wrong next.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../AccessToken.js"
import type { FlowName } from "../../core/tokenRequest.js"
import type { SpecializedCredentials } from "../../specialized/SpecializedCredentials.js"
import type { StandardCredentials } from "../../standard/StandardCredentials.js"
import { type MerchantSerialNumber, VippsEnvironment } from "../../VippsEnvironment.js"
import { type Emulator, isTokenRequest, type RecordedRequest } from "./emulator.js"
import type { Fault } from "./faults/fault.js"
import { plainText } from "./tokens/acceptedKeys.js"
import { merchants, ownKeys } from "./tokens/ownKeys.js"
import type { NumberForm } from "./tokens/tokenEndpoints.js"

/**
 * The running emulator.
 *
 * @see {@link VippsEmulator} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface VippsEmulatorService {
  /** Where it answers: `https://vipps-emulator.invalid` in memory, `http://127.0.0.1:<port>` on a socket. */
  readonly baseUrl: URL
  /** The same as an environment for the flows. */
  readonly environment: VippsEnvironment
  /** The keys that it accepts from the beginning. */
  readonly credentials: {
    readonly standard: StandardCredentials
    readonly specialized: SpecializedCredentials
    /** The keys of a partner, without a merchant serial number: one of `merchants` goes with each API request. */
    readonly partner: StandardCredentials
  }
  /** The merchants that the partner acts for. The first is the one whose own keys the standard ones are. */
  readonly merchants: readonly [MerchantSerialNumber, MerchantSerialNumber, MerchantSerialNumber]
  /** Accepts these keys as well: other merchants, or a new secret in place of the client id's old one. */
  readonly accept: (credentials: StandardCredentials | SpecializedCredentials) => Effect.Effect<void>
  /**
   * Accepts these keys as those of a partner: they act for these merchants, whose merchant serial number goes with each
   * API request, and for no others.
   */
  readonly acceptPartner: (
    credentials: StandardCredentials,
    merchants: ReadonlyArray<MerchantSerialNumber>
  ) => Effect.Effect<void>
  /** Accepts this client id, and its subscription key, no more. Tokens that it has been given go on working. */
  readonly refuse: (credentials: StandardCredentials | SpecializedCredentials) => Effect.Effect<void>
  /** Every request so far, oldest first; in memory also those that went to other hosts. */
  readonly requests: Effect.Effect<ReadonlyArray<RecordedRequest>>
  /** The requests for tokens alone, oldest first. */
  readonly tokenRequests: Effect.Effect<ReadonlyArray<RecordedRequest>>
  /** Forgets the requests so far. */
  readonly clearRequests: Effect.Effect<void>
  /**
   * The next answers of the token endpoints go wrong: one, or as many as `times` says, or all of them with
   * `Number.POSITIVE_INFINITY`; of both flows, or of one. Faults queue up in the order in which they are given.
   */
  readonly fault: (fault: Fault, times?: number, flow?: FlowName) => Effect.Effect<void>
  /** The same for the APIs. */
  readonly faultApi: (fault: Fault, times?: number) => Effect.Effect<void>
  /**
   * The customer approves the payment: from now on it is `AUTHORIZED`, and can be captured. It is a defect if there is
   * no payment of this reference. Every merchant has one from the beginning that is approved: `order-1001`.
   */
  readonly approve: (reference: string) => Effect.Effect<void>
  /** All faults that still wait are forgotten; what hangs or drips already goes on. */
  readonly clearFaults: Effect.Effect<void>
  /** No API accepts this token any more. */
  readonly revoke: (token: AccessToken | Redacted.Redacted<string> | string) => Effect.Effect<void>
  /** No API accepts any of the tokens any more that were issued so far; the next ones work. */
  readonly revokeAll: Effect.Effect<void>
  /** How long new tokens live: of one flow, or of both. Default: 1 hour (standard), 15 minutes (specialized). */
  readonly setLifetime: (lifetime: Duration.DurationInput, flow?: FlowName) => Effect.Effect<void>
  /**
   * Whether grants hold numbers, or strings of digits: of one flow, or of both. Default: strings (standard), numbers
   * (specialized), as the real servers send them.
   */
  readonly setNumberForm: (form: NumberForm, flow?: FlowName) => Effect.Effect<void>
}

const bothFlows: ReadonlyArray<FlowName> = ["standard", "specialized"]

const flowsOf = (flow: FlowName | undefined): ReadonlyArray<FlowName> => (flow === undefined ? bothFlows : [flow])

/** Accepts the keys that every emulator accepts from the beginning. */
export const acceptOwnKeys = ({ keys }: Emulator): void => {
  const { partner, specialized, standard } = ownKeys()
  keys.accept(standard)
  keys.accept(specialized)
  keys.acceptPartner(partner, merchants)
}

export const makeService = (emulator: Emulator, baseUrl: URL): VippsEmulatorService => {
  const credentials = ownKeys()
  acceptOwnKeys(emulator)
  return {
    baseUrl,
    environment: VippsEnvironment.custom(baseUrl),
    credentials,
    merchants,
    accept: (credentials) => Effect.sync(() => emulator.keys.accept(credentials)),
    acceptPartner: (credentials, merchants) => Effect.sync(() => emulator.keys.acceptPartner(credentials, merchants)),
    refuse: (credentials) => Effect.sync(() => emulator.keys.refuse(credentials)),
    requests: Effect.sync(() => [...emulator.requests]),
    tokenRequests: Effect.sync(() => emulator.requests.filter(isTokenRequest(baseUrl))),
    clearRequests: Effect.sync(() => {
      emulator.requests = []
    }),
    fault: (fault, times = 1, flow) => Effect.sync(() => emulator.tokenFaults.add(fault, times, { flow })),
    faultApi: (fault, times = 1) => Effect.sync(() => emulator.apiFaults.add(fault, times)),
    approve: (reference) =>
      Effect.suspend(() =>
        emulator.payments.approve(reference)
          ? Effect.void
          : Effect.dieMessage(`there is no payment of the reference ${reference} to approve`)
      ),
    clearFaults: Effect.sync(() => {
      emulator.tokenFaults.clear()
      emulator.apiFaults.clear()
    }),
    revoke: (token) =>
      Effect.sync(() =>
        emulator.tokens.revoke(
          plainText(typeof token === "string" || Redacted.isRedacted(token) ? token : token.value),
          emulator.nowMillis
        )
      ),
    revokeAll: Effect.sync(() => {
      emulator.tokens.end("revoked", emulator.nowMillis)
    }),
    setLifetime: (lifetime, flow) =>
      Effect.sync(() => {
        for (const one of flowsOf(flow)) emulator.tokens.setLifetime(one, lifetime)
      }),
    setNumberForm: (form, flow) =>
      Effect.sync(() => {
        for (const one of flowsOf(flow)) emulator.numberForms[one] = form
      })
  }
}
