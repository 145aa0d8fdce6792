/**
 * A token store whose contents are sealed before they reach the one below. What cannot be opened counts as absent.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TokenKey } from "../../TokenFlow.js"
import type { Sealer } from "./sealing.js"
import type { Lease, StoreClaim, TokenStoreError, TokenStoreService } from "./tokenStoreService.js"

export const sealedStore = (below: TokenStoreService, sealer: Sealer): TokenStoreService => {
  let warned = false

  const warn = Effect.suspend(() => {
    if (warned) return Effect.void
    warned = true
    return Effect.logWarning(
      "Vipps token store holds an entry that cannot be opened: it was sealed with a key that this process does not " +
        "have, or was changed. It counts as absent. Check that all processes have the same sealing keys."
    )
  })

  const claim = (
    key: TokenKey,
    lease: Lease,
    known: ReadonlyArray<string>
  ): Effect.Effect<StoreClaim, TokenStoreError> =>
    Effect.flatMap(below.claim(key, lease, known), (claimed) => {
      if (claimed._tag === "Leased" || claimed._tag === "Busy") return Effect.succeed(claimed)
      const { _tag, entry } = claimed
      return Effect.flatMap(
        sealer.open({ kind: _tag === "Token" ? "token" : "failure", key }, entry.content),
        Option.match({
          onSome: (content) => Effect.succeed({ _tag, entry: { ...entry, content } }),
          onNone: () => Effect.zipRight(warn, claim(key, lease, [...known, entry.stamp]))
        })
      )
    })

  return {
    ...below,
    claim,
    write: (key, owner, content, timeToLive) =>
      Effect.flatMap(sealer.seal({ kind: "token", key }, content), (sealed) =>
        below.write(key, owner, sealed, timeToLive)
      ),
    writeFailure: (key, owner, content, timeToLive) =>
      Effect.flatMap(sealer.seal({ kind: "failure", key }, content), (sealed) =>
        below.writeFailure(key, owner, sealed, timeToLive)
      ),
    read: (key) =>
      Effect.flatMap(
        below.read(key),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (entry) =>
            Effect.map(
              sealer.open({ kind: "token", key }, entry.content),
              Option.map((content) => ({ ...entry, content }))
            )
        })
      )
  }
}
