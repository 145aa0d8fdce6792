/**
 * A policy or a store that is provided where it has no effect: the layers of one graph share one cache, which is built
 * with the first.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import { RefreshPolicy } from "../../RefreshPolicy.js"
import { Sharing } from "./sharing.js"

/** Makes the check of what is provided where a source is asked for, against what its cache has. It warns once. */
export const makeSettingsCheck: Effect.Effect<Effect.Effect<void>> = Effect.contextWith(
  (ofCache: Context.Context<never>) => {
    let warned = false
    return Effect.contextWithEffect((asked: Context.Context<never>) => {
      if (warned || !isIgnored(asked, ofCache)) return Effect.void
      warned = true
      return Effect.logWarning(
        "A RefreshPolicy or TokenStore is provided to a second layer, without effect: one layer graph has one token " +
          "cache. Provide it to all layers, or put Layer.fresh around the second one."
      )
    })
  }
)

/** Tells whether a policy or a store is neither that of the cache nor the default. */
const isIgnored = (asked: Context.Context<never>, ofCache: Context.Context<never>): boolean => {
  const contexts = [asked, ofCache, Context.empty()]
  const [policy, ...policies] = contexts.map((context) => Data.struct({ ...Context.get(context, RefreshPolicy) }))
  const [sharing, ...sharings] = contexts.map((context) => Context.get(context, Sharing))
  return !policies.some(Equal.equals(policy)) || !sharings.some(Equal.equals(sharing))
}
