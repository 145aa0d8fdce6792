/** The service that tests use: address, accepted keys, recorded requests and faults. */
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
 * @see `VippsEmulator` for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface VippsEmulatorService {
  /** The address: `https://vipps-emulator.invalid` in memory, `http://127.0.0.1:<port>` on a socket. */
  readonly baseUrl: URL
  /** The address as an environment for flows. */
  readonly environment: VippsEnvironment
  /** The keys that it accepts from the start. */
  readonly credentials: {
    readonly standard: StandardCredentials
    readonly specialized: SpecializedCredentials
    /** Partner keys without a merchant serial number: each API request names one of `merchants`. */
    readonly partner: StandardCredentials
  }
  /** The merchants that the partner acts for. The first one owns the standard keys. */
  readonly merchants: readonly [MerchantSerialNumber, MerchantSerialNumber, MerchantSerialNumber]
  /** Accepts these keys as well. For a known client id, the new secret replaces the old one. */
  readonly accept: (credentials: StandardCredentials | SpecializedCredentials) => Effect.Effect<void>
  /**
   * Accepts these keys as partner keys. They act for these merchants only, and each API request names one of them by
   * its merchant serial number.
   */
  readonly acceptPartner: (
    credentials: StandardCredentials,
    merchants: ReadonlyArray<MerchantSerialNumber>
  ) => Effect.Effect<void>
  /**
   * Refuses this client id and its subscription key from now on. Issued tokens stay valid, but most API requests need
   * the subscription key too: the next one through `StandardClient` fails with `InvalidCredentials`. To refuse only the
   * client secret, inject `Fault.invalidClient`.
   */
  readonly refuse: (credentials: StandardCredentials | SpecializedCredentials) => Effect.Effect<void>
  /** All requests so far, oldest first. In memory this includes requests to other hosts. */
  readonly requests: Effect.Effect<ReadonlyArray<RecordedRequest>>
  /** The token requests so far, oldest first. */
  readonly tokenRequests: Effect.Effect<ReadonlyArray<RecordedRequest>>
  /** Clears the recorded requests. */
  readonly clearRequests: Effect.Effect<void>
  /**
   * Injects a fault into the next answers of the token endpoints: one, `times`, or all of them with
   * `Number.POSITIVE_INFINITY`; of both flows or of one. Faults queue in the order in which they are added.
   */
  readonly fault: (fault: Fault, times?: number, flow?: FlowName) => Effect.Effect<void>
  /** Injects a fault into the next answers of the APIs: one, `times`, or all. */
  readonly faultApi: (fault: Fault, times?: number) => Effect.Effect<void>
  /**
   * Approves a payment, as its customer would: it becomes `AUTHORIZED` and can be captured. Dies if there is no payment
   * with this reference. Every merchant starts with one approved payment, `order-1001`.
   */
  readonly approve: (reference: string) => Effect.Effect<void>
  /** Removes all queued faults. Answers that already hang or drip continue to. */
  readonly clearFaults: Effect.Effect<void>
  /** Revokes a token: no API accepts it any more. */
  readonly revoke: (token: AccessToken | Redacted.Redacted<string> | string) => Effect.Effect<void>
  /** Revokes all tokens issued so far. Later ones work. */
  readonly revokeAll: Effect.Effect<void>
  /** Sets the lifetime of new tokens, of one flow or of both. Default: 1 hour (standard), 15 minutes (specialized). */
  readonly setLifetime: (lifetime: Duration.DurationInput, flow?: FlowName) => Effect.Effect<void>
  /**
   * Sets whether grants hold JSON numbers or strings of digits, for one flow or for both. Default: strings (standard),
   * numbers (specialized), like the real servers.
   */
  readonly setNumberForm: (form: NumberForm, flow?: FlowName) => Effect.Effect<void>
}

const bothFlows: ReadonlyArray<FlowName> = ["standard", "specialized"]

const flowsOf = (flow: FlowName | undefined): ReadonlyArray<FlowName> => (flow === undefined ? bothFlows : [flow])

/** Accepts the keys that every emulator accepts from the start. */
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
          : Effect.dieMessage(`There is no payment with the reference ${reference} to approve.`)
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
