/**
 * A store whose results are checked: a user's own store may return anything (F56). Results are copied, so none of their
 * getters runs later.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type StoreClaim, type StoredEntry, TokenStoreError, type TokenStoreService } from "./tokenStoreService.js"

const Entry: Schema.Schema<StoredEntry> = Schema.Struct({
  content: Schema.RedactedFromSelf(Schema.String),
  stamp: Schema.String,
  left: Schema.DurationFromSelf
})

const Claim: Schema.Schema<StoreClaim> = Schema.Union(
  Schema.TaggedStruct("Token", { entry: Entry }),
  Schema.TaggedStruct("Failure", { entry: Entry }),
  Schema.TaggedStruct("Leased", {}),
  Schema.TaggedStruct("Busy", {})
)

const checked = <A>(schema: Schema.Schema<A>) => {
  const validate = Schema.validateEither(schema)
  return <E>(answer: Effect.Effect<A, E>): Effect.Effect<A, E | TokenStoreError> =>
    Effect.flatMap(answer, (value) => Effect.mapError(validate(value), () => unknownAnswer))
}

const unknownAnswer = new TokenStoreError({ problem: "returns a result of unknown form" })

export const checkedStore = (store: TokenStoreService): TokenStoreService => {
  const [claim, read, done] = [checked(Claim), checked(Schema.OptionFromSelf(Entry)), checked(Schema.Boolean)]
  return {
    claim: (...args) => claim(store.claim(...args)),
    seize: (...args) => store.seize(...args),
    renew: (...args) => done(store.renew(...args)),
    write: (...args) => done(store.write(...args)),
    writeFailure: (...args) => done(store.writeFailure(...args)),
    release: (...args) => store.release(...args),
    read: (...args) => read(store.read(...args)),
    remove: (...args) => store.remove(...args)
  }
}
