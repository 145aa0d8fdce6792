/** Variables that point a program at the emulator: its address and keys that it accepts. */
import * as Option from "effect/Option"
import { plainText } from "./tokens/acceptedKeys.js"
import type { UnitKeys } from "./tokens/ownKeys.js"

/**
 * Options of `VippsEmulator.layerConfigProvider`: the names of the variables.
 *
 * @see `VippsEmulator.layerConfigProvider` for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface VippsVariablesOptions {
  /** The prefix of all names, as in `Config.nested(config, "SHOP_A")`. Default: none. */
  readonly prefix?: string | undefined
  /**
   * Your own names, as in `StandardCredentials.configOf(names)`. With a name for the subscription key they are set to
   * keys of the standard flow, without one to keys of the specialized flow. Default: the `VIPPS_` names of both flows.
   */
  readonly names?: VippsVariableNames | undefined
}

/**
 * The names of the variables of one set of keys.
 *
 * @see `VippsEmulator.layerConfigProvider` for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface VippsVariableNames {
  /** The variable of the client id. */
  readonly clientId: string
  /** The variable of the client secret. */
  readonly clientSecret: string
  /** The variable of the subscription key. Leave it out for the specialized flow. */
  readonly subscriptionKey?: string | undefined
  /** The variable of the merchant serial number. Default: not set. */
  readonly merchantSerialNumber?: string | undefined
  /** The variable of the scope, which is set to blank. Default: not set. */
  readonly scope?: string | undefined
  /** The variable of the environment, set beside `VIPPS_ENVIRONMENT`. Default: `VIPPS_ENVIRONMENT` alone. */
  readonly environment?: string | undefined
}

/**
 * The environment and all keys. Missing values are blank, which counts as unset: no key of the shell leaks into a test.
 */
export const vippsVariables = (address: string, { specialized, standard }: UnitKeys): Record<string, string> => ({
  VIPPS_ENVIRONMENT: address,
  VIPPS_CLIENT_ID: plainText(standard.clientId),
  VIPPS_CLIENT_SECRET: plainText(standard.clientSecret),
  VIPPS_SUBSCRIPTION_KEY: plainText(standard.subscriptionKey),
  VIPPS_MERCHANT_SERIAL_NUMBER: Option.getOrElse(standard.merchantSerialNumber, () => ""),
  VIPPS_SPECIALIZED_CLIENT_ID: plainText(specialized.clientId),
  VIPPS_SPECIALIZED_CLIENT_SECRET: plainText(specialized.clientSecret),
  VIPPS_SPECIALIZED_SCOPE: Option.getOrElse(specialized.scope, () => "")
})

/** The variables under the given prefix or names, and `VIPPS_ENVIRONMENT` without a prefix. */
export const variablesFor = (
  address: string,
  keys: UnitKeys,
  { names, prefix }: VippsVariablesOptions
): ReadonlyMap<string, string> => {
  const own = names === undefined ? vippsVariables(address, keys) : namedVariables(address, keys, names)
  const prefixed = Object.entries(own).map(([name, value]) => [prefix ? `${prefix}_${name}` : name, value] as const)
  return new Map([["VIPPS_ENVIRONMENT", address], ...prefixed])
}

const namedVariables = (
  address: string,
  { specialized, standard }: UnitKeys,
  names: VippsVariableNames
): Record<string, string> => {
  const { clientId, clientSecret } = names.subscriptionKey === undefined ? specialized : standard
  const optional = (name: string | undefined, value: string) => (name === undefined ? {} : { [name]: value })
  return {
    VIPPS_ENVIRONMENT: address,
    [names.clientId]: plainText(clientId),
    [names.clientSecret]: plainText(clientSecret),
    ...optional(names.subscriptionKey, plainText(standard.subscriptionKey)),
    ...optional(
      names.merchantSerialNumber,
      Option.getOrElse(standard.merchantSerialNumber, () => "")
    ),
    ...optional(names.scope, ""),
    ...optional(names.environment, address)
  }
}
