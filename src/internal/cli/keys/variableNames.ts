/** The variables that the command line reads. */
import type { FlowName } from "../../../core/tokenRequest.js"

/** A key of a flow: its variable, its name in JSON, and whether a flow needs it. */
export interface KeyVariable {
  readonly name: string
  readonly field: string
  readonly required: boolean
}

const key = (name: string, field: string, required = true): KeyVariable => ({ name, field, required })

export const keyVariables = {
  standard: {
    clientId: key("VIPPS_CLIENT_ID", "clientId"),
    clientSecret: key("VIPPS_CLIENT_SECRET", "clientSecret"),
    subscriptionKey: key("VIPPS_SUBSCRIPTION_KEY", "subscriptionKey"),
    merchantSerialNumber: key("VIPPS_MERCHANT_SERIAL_NUMBER", "merchantSerialNumber", false)
  },
  specialized: {
    clientId: key("VIPPS_SPECIALIZED_CLIENT_ID", "clientId"),
    clientSecret: key("VIPPS_SPECIALIZED_CLIENT_SECRET", "clientSecret"),
    scope: key("VIPPS_SPECIALIZED_SCOPE", "scope", false)
  }
} as const satisfies Record<FlowName, Record<string, KeyVariable>>

export const environmentVariable = "VIPPS_ENVIRONMENT"

export const keyVariablesOf = (flow: FlowName): ReadonlyArray<KeyVariable> => Object.values(keyVariables[flow])

const keyNames = [...keyVariablesOf("standard"), ...keyVariablesOf("specialized")].map(({ name }) => name)

/** Whether a variable is a part of somebody's keys. */
export const isKeyName = (name: string): boolean => keyNames.includes(name)

export const systemVariables: ReadonlyArray<string> = [
  "VIPPS_SYSTEM_NAME",
  "VIPPS_SYSTEM_VERSION",
  "VIPPS_SYSTEM_PLUGIN_NAME",
  "VIPPS_SYSTEM_PLUGIN_VERSION"
]

export const variableNames: ReadonlyArray<string> = [
  environmentVariable,
  "VIPPS_INSECURE_HTTP",
  ...keyNames,
  ...systemVariables
]
