/** The emulator's own keys, in the formats of docs/vipps-access-token.md §7. They belong to nobody. */
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { SpecializedCredentials } from "../../../specialized/SpecializedCredentials.js"
import { StandardCredentials } from "../../../standard/StandardCredentials.js"
import { MerchantSerialNumber } from "../../../VippsEnvironment.js"

/** The merchants of the emulator's partner. */
export const merchants = [
  MerchantSerialNumber.make("123456"),
  MerchantSerialNumber.make("234567"),
  MerchantSerialNumber.make("345678")
] as const

/** The keys of a sales unit and its accounting keys. */
export interface UnitKeys {
  readonly standard: StandardCredentials
  readonly specialized: SpecializedCredentials
}

/** The keys that every emulator accepts from the start. */
export const ownKeys = (): UnitKeys & { readonly partner: StandardCredentials } => ({
  standard: StandardCredentials.make({
    clientId: "e3b0c442-98fc-4c14-9afb-f4c8996fb924",
    clientSecret: Redacted.make("ZW11bGF0b3I+c2VjcmV0Pw=="),
    subscriptionKey: Redacted.make("000000000000000000000000e3b0c442"),
    merchantSerialNumber: merchants[0]
  }),
  specialized: SpecializedCredentials.make({
    clientId: "27ae41e4-649b-4934-8ca4-95991b7852b8",
    clientSecret: Redacted.make("c3BlY2lhbGl6ZWQ+c2VjcmV0Pw==")
  }),
  partner: StandardCredentials.make({
    clientId: "6b86b273-ff34-4ce1-9d6b-804eff5a3f57",
    clientSecret: Redacted.make("cGFydG5lcj4rc2VjcmV0Pw=="),
    subscriptionKey: Redacted.make("0000000000000000000000006b86b273")
  })
})

/** Creates keys for another sales unit, different on every call. */
export const newUnitKeys = (): UnitKeys => {
  const secret = (family: string) =>
    Redacted.make(Encoding.encodeBase64(`${family} ${crypto.randomUUID().slice(0, 8)}`))
  const serialNumber = 400_000 + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 600_000)
  return {
    standard: StandardCredentials.make({
      clientId: crypto.randomUUID(),
      clientSecret: secret("unit"),
      subscriptionKey: Redacted.make(crypto.randomUUID().replaceAll("-", "")),
      merchantSerialNumber: MerchantSerialNumber.make(String(serialNumber))
    }),
    specialized: SpecializedCredentials.make({ clientId: crypto.randomUUID(), clientSecret: secret("accounting") })
  }
}
