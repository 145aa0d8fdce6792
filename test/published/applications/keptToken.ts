/** What every application here does: it gets a token, uses it, sees it refreshed, and uses the new one. */
import { Effect, Equal } from "effect"
import { StandardClient, StandardToken } from "effect-vipps-token"

const payment = Effect.gen(function* () {
  const client = yield* StandardClient
  const response = yield* client.get("/epayment/v1/payments/order-1001")
  return yield* response.json
})

export const keptToken = Effect.gen(function* () {
  const source = yield* StandardToken
  const first = yield* source.get
  const before = yield* payment
  const second = yield* source.get.pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: (token) => !Equal.equals(token, first) }),
    Effect.timeout("20 seconds")
  )
  const after = yield* payment
  const used = JSON.stringify(before) === JSON.stringify(after) ? "used" : "lost"
  return `kept a ${second.flow} token, ${used} before and after its refresh`
})
