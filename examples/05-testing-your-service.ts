/**
 * A service of your own that needs a token, and its unit test: no HTTP, no keys, no clock.
 *
 * In your project the lower half is a file of `it.effect` tests; here it runs by itself.
 */
import { strictEqual } from "node:assert"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Context, DateTime, Effect, Layer, Redacted } from "effect"
import { AccessToken, StandardToken, Unavailable } from "effect-vipps-token"

// ---- the service ----------------------------------------------------------------------------------------------------

class Checkout extends Context.Tag("Checkout")<Checkout, { readonly isOpen: Effect.Effect<boolean> }>() {
  static readonly layer = Layer.effect(
    this,
    Effect.map(StandardToken, (source) => ({
      // Open as long as there is a token, closed for as long as there is none for a passing reason.
      isOpen: source.get.pipe(
        Effect.as(true),
        Effect.catchTag("Unavailable", "Expired", "RateLimited", () => Effect.succeed(false)),
        Effect.orDie
      )
    }))
  )
}

// ---- its tests ------------------------------------------------------------------------------------------------------

const isOpen = Effect.flatMap(Checkout, (checkout) => checkout.isOpen)

const withToken = StandardToken.layerTest(
  AccessToken.make({
    value: Redacted.make("test-token"),
    flow: "standard",
    issuedAt: DateTime.unsafeMake(0),
    expiresIn: "1 hour"
  })
)

const inAnOutage = StandardToken.layerTest(new Unavailable({ flow: "standard", label: "test", reason: "network" }))

const program = Effect.gen(function* () {
  strictEqual(yield* Effect.provide(isOpen, Layer.provide(Checkout.layer, withToken)), true)
  strictEqual(yield* Effect.provide(isOpen, Layer.provide(Checkout.layer, inAnOutage)), false)
  yield* Console.log("the checkout is open with a token, and closed in an outage")
})

NodeRuntime.runMain(program)
