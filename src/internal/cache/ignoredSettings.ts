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
export const makeSettingsCheck: Effect.Effect<Effect.Effect<void>> = Effect.map(
  Effect.context<never>(),
  (ofCache: Context.Context<never>) => {
    let warned = false
    return Effect.contextWithEffect((asked: Context.Context<never>) => {
      const ignored = warned ? [] : ignoredIn(asked, ofCache)
      if (ignored.length === 0) return Effect.void
      warned = true
      return Effect.logWarning(
        `${ignored.join(" and ")}: provided to a second layer, without effect. The layers of one graph share one token ` +
          "cache, which has the first one. Provide one to all of them, or put Layer.fresh around the second layer."
      )
    })
  }
)

/** What is provided in one context, and differs from what is in the other. */
const ignoredIn = (asked: Context.Context<never>, ofCache: Context.Context<never>): ReadonlyArray<string> => {
  const [policy, own, standard] = [asked, ofCache, Context.empty()].map((context) =>
    Context.get(context, RefreshPolicy)
  )
  const [sharing, ownSharing, unshared] = [asked, ofCache, Context.empty()].map((context) =>
    Context.get(context, Sharing)
  )
  return [
    ...(policy === standard || Equal.equals(Data.struct({ ...policy }), Data.struct({ ...own }))
      ? []
      : ["RefreshPolicy"]),
    ...(sharing === unshared || sharing === ownSharing ? [] : ["TokenStore"])
  ]
}
