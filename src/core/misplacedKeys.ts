/**
 * Keys that are well-formed one by one and cannot be right together: two of them swapped, one pasted twice, keys of the
 * other flow (F54). The refusal of the endpoint would blame another key, or none.
 */

/** A setting, and the rule that it breaks. */
export interface Problem {
  readonly setting: string
  readonly rule: string
}

/** Client ids of Vipps are GUIDs. */
export const isClientId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

/** Subscription keys of Vipps are 32 hexadecimal digits. */
const isSubscriptionKey = (text: string): boolean => /^[0-9a-f]{32}$/i.test(text)

export interface KeyTexts {
  readonly clientId: string
  readonly clientSecret: string
  /** Of the standard flow alone. */
  readonly subscriptionKey: string | undefined
}

const names = {
  clientId: "client id",
  clientSecret: "client secret",
  subscriptionKey: "subscription key"
}

type KeyName = keyof typeof names

const keyNames: ReadonlyArray<KeyName> = ["clientId", "clientSecret", "subscriptionKey"]

/** The problems of keys on any server: of a value that is shown by its shape to belong elsewhere. */
export const misplacedKeys = (keys: KeyTexts): ReadonlyArray<Problem> => [
  ...misplaced(keys, "clientId", isClientId),
  ...(keys.subscriptionKey === undefined ? [] : misplaced(keys, "subscriptionKey", isSubscriptionKey))
]

const misplaced = (
  keys: KeyTexts,
  setting: KeyName,
  hasItsShape: (text: string) => boolean
): ReadonlyArray<Problem> => {
  const own = keys[setting] ?? ""
  const others = keyNames.filter((name) => name !== setting)
  if (hasItsShape(own)) {
    return others
      .filter((other) => keys[other]?.toLowerCase() === own.toLowerCase())
      .map((other) => ({ setting: other, rule: `must not be the ${names[setting]}` }))
  }
  return others
    .filter((other) => hasItsShape(keys[other] ?? ""))
    .map((other) => ({
      setting,
      rule: `must be the ${names[setting]}: what looks like it is in the ${names[other]}, so the two seem to be swapped`
    }))
}

/** The problems of keys on Vipps' own servers. A server of one's own may use any client ids. */
export const foreignKeys = ({ clientId, clientSecret, subscriptionKey }: KeyTexts): ReadonlyArray<Problem> => [
  ...(isClientId(clientId) && !/^([0-9a-f])(\1|-)*$/i.test(clientId)
    ? []
    : [
        {
          setting: "clientId",
          rule: "must be a GUID, such as fb492b5e-7907-4d83-ba20-c7fb60ca35de, in Vipps' test and production environments"
        }
      ]),
  ...(subscriptionKey === undefined && isSubscriptionKey(clientSecret)
    ? [
        {
          setting: "clientSecret",
          rule: "must be a client secret: it looks like a subscription key of the standard flow"
        }
      ]
    : [])
]
