/** Warns of a policy or a store that has no effect: the layers of one graph share the cache that was built first. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import { RefreshPolicy } from "../../RefreshPolicy.js"
import { Sharing } from "./sharing.js"

/** Makes the check that compares policy and store at a call of `source` with those of the cache. It warns once. */
export const makeSettingsCheck: Effect.Effect<Effect.Effect<void>> = Effect.zipWith(
  Effect.context<never>(),
  Effect.once(
    Effect.logWarning(
      "A RefreshPolicy or TokenStore is provided to a second layer, without effect: one layer graph has one token " +
        "cache. Provide it to all layers, or put Layer.fresh around the second one."
    )
  ),
  (ofCache, warn) =>
    Effect.contextWithEffect((asked: Context.Context<never>) => (isIgnored(asked, ofCache) ? warn : Effect.void))
)

/** Tells whether a policy or a store is neither that of the cache nor the default. */
const isIgnored = (asked: Context.Context<never>, ofCache: Context.Context<never>): boolean => {
  const policyOf = (context: Context.Context<never>) => Data.struct({ ...Context.get(context, RefreshPolicy) })
  const sharingOf = (context: Context.Context<never>) => Context.get(context, Sharing)
  return [policyOf, sharingOf].some(
    (of) => !Equal.equals(of(asked), of(ofCache)) && !Equal.equals(of(asked), of(Context.empty()))
  )
}
