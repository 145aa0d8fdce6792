/**
 * A long-running program that lives through an outage of the token endpoint, phase by phase.
 *
 * Its tokens live for 6 seconds. The endpoint goes down while one still works, and stays down until it has run out.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Option, Stream } from "effect"
import { RefreshPolicy, StandardFlow, StandardToken, TokenCache, type TokenStatus } from "effect-vipps-token"
import { Fault, VippsEmulator } from "effect-vipps-token/testing"

/** The work of the program: something that needs a token, again and again. */
const work = Effect.gen(function* () {
  const source = yield* StandardToken
  return yield* source.get.pipe(
    Effect.as("works"),
    Effect.catchTags({
      // The last token ran out in the outage. It passes: the message says when the next attempt is due.
      Expired: (error) => Effect.succeed(`waits (${error._tag})`),
      Unavailable: (error) => Effect.succeed(`waits (${error._tag})`)
    })
  )
})

const describe = (status: TokenStatus) =>
  `${status.phase}${status.refreshing ? ", refreshing" : ""}${Option.match(status.lastFailure, {
    onNone: () => "",
    onSome: (error) => `, last refresh failed: ${error._tag}`
  })}`

const program = Effect.gen(function* () {
  const emulator = yield* VippsEmulator
  const cache = yield* TokenCache
  yield* emulator.setLifetime("6 seconds")

  // A monitor: every change of every key. A line only where what it says is new.
  yield* cache.changes.pipe(
    Stream.map(describe),
    Stream.changes,
    Stream.runForEach((line) => Console.log(`  token: ${line}`)),
    Effect.forkScoped
  )
  yield* Effect.yieldNow()

  yield* Console.log(`program ${yield* work}`)
  yield* Console.log("the token endpoint goes down")
  yield* emulator.fault(Fault.htmlServiceUnavailable(), Number.POSITIVE_INFINITY)
  yield* Effect.sleep("4 seconds")
  yield* Console.log(`program ${yield* work}, since its token still does`)
  yield* Effect.sleep("2500 millis")
  yield* Console.log(`program ${yield* work}, since its token has run out`)
  yield* Console.log("the endpoint is back")
  yield* emulator.clearFaults
  yield* Effect.delay(work, "200 millis").pipe(Effect.repeat({ until: (state) => state === "works" }))
  yield* Console.log("program works again")
})

const Live = StandardToken.layer.pipe(
  Layer.provideMerge(TokenCache.layer),
  // So that callers hear within a second that there is no token; the default lets them wait for 15 seconds.
  Layer.provide(RefreshPolicy.layer({ requestBudget: "1 second" })),
  Layer.provide(StandardFlow.layerConfig()),
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provideMerge(VippsEmulator.layer)
)

program.pipe(Effect.scoped, Effect.provide(Live), NodeRuntime.runMain)
