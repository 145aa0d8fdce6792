/** Reads the keys of both flows from a row of settings: each on its own, then all together. */
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import {
  basicClientIdRule,
  basicSecretRule,
  headerKeyRule,
  merchantSerialNumberRule,
  requestedScopeRule,
  subscriptionKeyRule
} from "../../core/keyRules.js"
import { foreignKeys, type KeyTexts, misplacedKeys, type Problem } from "../../core/misplacedKeys.js"
import { MerchantSerialNumber, VippsEnvironment, type VippsEnvironmentInput } from "../../VippsEnvironment.js"
import { optional, type Problems, type Row, secret, withAllProblems } from "./settings.js"

export interface RedactedStandardKeys {
  readonly clientId: Redacted.Redacted<string>
  readonly clientSecret: Redacted.Redacted<string>
  readonly subscriptionKey: Redacted.Redacted<string>
  readonly merchantSerialNumber: Option.Option<MerchantSerialNumber>
}

export interface RedactedSpecializedKeys {
  readonly clientId: Redacted.Redacted<string>
  readonly clientSecret: Redacted.Redacted<string>
  readonly scope: Option.Option<string>
}

export const readStandardKeys = (row: Row): Either.Either<RedactedStandardKeys, Problems> => {
  const fields = {
    clientId: secret(row, "clientId", headerKeyRule),
    clientSecret: secret(row, "clientSecret", headerKeyRule),
    subscriptionKey: secret(row, "subscriptionKey", subscriptionKeyRule),
    merchantSerialNumber: Either.map(
      optional(row, "merchantSerialNumber", merchantSerialNumberRule),
      Option.map((digits) => MerchantSerialNumber.make(digits))
    )
  }
  return filterTogether(withAllProblems(fields, Either.all(fields)))
}

export const readSpecializedKeys = (row: Row): Either.Either<RedactedSpecializedKeys, Problems> => {
  const fields = {
    clientId: secret(row, "clientId", basicClientIdRule),
    clientSecret: secret(row, "clientSecret", basicSecretRule),
    scope: optional(row, "scope", requestedScopeRule),
    subscriptionKey: optional(row, "subscriptionKey", standardFlowOnly)
  }
  const read = withAllProblems(fields, Either.all(fields))
  return filterTogether(Either.map(read, ({ subscriptionKey: _, ...keys }) => keys))
}

/** The server refuses keys that come with one, and keys that have one belong to the standard flow (F54). */
const standardFlowOnly = () => "must be left out: keys with a subscription key are those of the standard flow"

interface AnyKeys {
  readonly clientId: Redacted.Redacted<string>
  readonly clientSecret: Redacted.Redacted<string>
  readonly subscriptionKey?: Redacted.Redacted<string>
}

/** Well-formed keys that can also be right together. */
const filterTogether = <Keys extends AnyKeys>(read: Either.Either<Keys, Problems>): Either.Either<Keys, Problems> =>
  Either.flatMap(read, (keys) => withoutProblems(keys, misplacedKeys(textsOf(keys))))

/** Keys that can be right in this environment, if one is given: Vipps' own servers know GUIDs alone as client ids. */
export const forEnvironment = <Keys extends AnyKeys>(
  keys: Keys,
  environment: VippsEnvironmentInput | undefined
): Either.Either<Keys, Problems> =>
  environment !== undefined && ofVipps(VippsEnvironment.from(environment))
    ? withoutProblems(keys, foreignKeys(textsOf(keys)))
    : Either.right(keys)

const ofVipps = (environment: VippsEnvironment): boolean =>
  Equal.equals(environment, VippsEnvironment.test) || Equal.equals(environment, VippsEnvironment.production)

const withoutProblems = <Keys>(keys: Keys, problems: ReadonlyArray<Problem>): Either.Either<Keys, Problems> =>
  Array.isNonEmptyReadonlyArray(problems) ? Either.left(problems) : Either.right(keys)

const textsOf = ({ clientId, clientSecret, subscriptionKey }: AnyKeys): KeyTexts => ({
  clientId: Redacted.value(clientId),
  clientSecret: Redacted.value(clientSecret),
  subscriptionKey: subscriptionKey === undefined ? undefined : Redacted.value(subscriptionKey)
})
