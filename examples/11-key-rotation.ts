/**
 * New sealing keys for a fleet, without losing its token: three roll-outs, in each of which processes of the old and of
 * the new settings run beside each other. Wants a Redis or Valkey, as example 10 does.
 */
import { randomBytes } from "node:crypto"
import { NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Redacted } from "effect"
import { StandardToken } from "effect-vipps-token"
import { RedisTokenStore } from "effect-vipps-token/RedisTokenStore"
import { VippsEmulator } from "effect-vipps-token/testing"

/** What `openssl rand -base64 32` prints. */
const newKey = () => Redacted.make(randomBytes(32).toString("base64"))

const [old, next] = [newKey(), newKey()]

/** The first seals, all open. In VIPPS_TOKEN_STORE_KEYS they stand with commas between them. */
const rollouts = [
  { name: "before", sealingKeys: [old] },
  { name: "1: all can open what the new key seals", sealingKeys: [old, next] },
  { name: "2: the new key seals", sealingKeys: [next, old] },
  { name: "3: once the last token of the old key is over, nobody needs it", sealingKeys: [next] }
] as const

const program = Effect.gen(function* () {
  const emulator = yield* VippsEmulator
  const url = Redacted.make(yield* Config.withDefault(Config.string("VIPPS_TOKEN_STORE_URL"), "redis://127.0.0.1:6379"))
  // A process of its own each time: a new cache, and what the others have left in the store.
  const process = (sealingKeys: (typeof rollouts)[number]["sealingKeys"], use: "get" | "refresh") =>
    Effect.flatMap(StandardToken, (source) => source[use]).pipe(
      Effect.provide(
        Layer.fresh(StandardToken.layerConfig()).pipe(
          Layer.provide(RedisTokenStore.layer({ url, sealingKeys, prefix: "example-11:" }))
        )
      )
    )

  yield* process([old], "refresh")
  for (const { name, sealingKeys } of rollouts) {
    yield* process(sealingKeys, "get")
    yield* Console.log(`roll-out ${name}: ${(yield* emulator.tokenRequests).length} token request(s) so far`)
    // In its time, a process of this roll-out refreshes the token, and seals it with its first key.
    if (name.startsWith("2")) yield* process(sealingKeys, "refresh")
  }
  yield* Console.log("three roll-outs, and not one token lost to them")
})

const Emulator = VippsEmulator.layerConfigProvider().pipe(Layer.provideMerge(VippsEmulator.layer))

program.pipe(Effect.provide(Emulator), NodeRuntime.runMain)
