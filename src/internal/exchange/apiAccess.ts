/**
 * What a flow's token needs beside it on API requests. Kept here and not in a field of the flow, where whoever prints
 * the flow would see the keys.
 */
import type { TokenFlow } from "../../TokenFlow.js"

export interface ApiAccess {
  /** Subscription key, merchant serial number, system headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The caller's keys, to be blanked out of whatever a server says. */
  readonly keys: ReadonlyArray<string>
}

const accessOf = new WeakMap<TokenFlow, ApiAccess>()

export const rememberApiAccess = (flow: TokenFlow, access: ApiAccess): void => {
  accessOf.set(flow, access)
}

/** A flow that was not made here needs the token alone. */
export const apiAccessOf = (flow: TokenFlow): ApiAccess => accessOf.get(flow) ?? { headers: {}, keys: [] }
