/** The state of the emulator as the control API shows it. The only secrets are those of the emulator's own keys. */
import * as Duration from "effect/Duration"
import type { Emulator } from "../emulator.js"
import type { WaitingFault } from "../faults/faultQueue.js"
import type { KeySet } from "../tokens/acceptedKeys.js"
import { plainText } from "../tokens/acceptedKeys.js"
import { type KnownToken, tokenState } from "../tokens/issuedTokens.js"
import { ownKeys } from "../tokens/ownKeys.js"
import { clientLabel, mask } from "./masking.js"
import type { State } from "./schemas.js"

/** Facts about the server that do not change while it runs. */
export interface ServerFacts {
  readonly startedAt: number
  readonly url: string
  readonly publicUrl: string
  readonly variables: Readonly<Record<string, string>>
}

/** How many of the newest tokens are shown. */
const toldTokens = 100

export const emulatorState = (emulator: Emulator, server: ServerFacts): State => {
  const now = emulator.nowMillis
  const { acceptsAny } = emulator.keys
  const { specialized, standard } = emulator.tokens.lifetimes
  const tokens = emulator.tokens.all()
  return {
    now,
    ...server,
    anyKeys: acceptsAny,
    lifetimes: { standard: Duration.toMillis(standard), specialized: Duration.toMillis(specialized) },
    tokens: tokens.slice(-toldTokens).map((token) => toldToken(token, now)),
    liveTokens: tokens.filter((token) => tokenState(token, now) === "live").length,
    keys: emulator.keys.all().map(toldKeys),
    faults: waitingFaults(emulator)
  }
}

const toldToken = (token: KnownToken, now: number): State["tokens"][number] => ({
  id: token.serial,
  flow: token.flow,
  client: clientLabel(token.clientId),
  issuedAt: token.issuedAtMillis,
  expiresAt: token.expiresAtMillis,
  endedAt: token.ended?.atMillis ?? null,
  state: tokenState(token, now)
})

const ownClients = new Set(Object.values(ownKeys()).map(({ clientId }) => plainText(clientId)))

const toldKeys = ({
  clientId,
  flow,
  merchantSerialNumber,
  merchants,
  subscriptionKey
}: KeySet): State["keys"][number] => ({
  flow,
  client: clientLabel(clientId),
  own: ownClients.has(clientId),
  subscriptionKey: subscriptionKey === undefined ? null : mask,
  merchants: merchants ?? (merchantSerialNumber === undefined ? [] : [merchantSerialNumber])
})

export const waitingFaults = ({ apiFaults, tokenFaults }: Emulator): State["faults"] => [
  ...tokenFaults.all().map((waiting) => toldFault("token", waiting)),
  ...apiFaults.all().map((waiting) => toldFault("api", waiting))
]

const toldFault = (on: "api" | "token", { fault, target, times }: WaitingFault): State["faults"][number] => ({
  name: fault.name,
  times: times === Number.POSITIVE_INFINITY ? "always" : times,
  on,
  flow: target.flow ?? null,
  client: target.clientId === undefined ? null : clientLabel(target.clientId)
})
