/** Several sets of keys as layers of one graph: no request ever goes out with the keys of another (F63). */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as library from "../../src/index.js"
import { SpecializedClient } from "../../src/specialized/SpecializedClient.js"
import { SpecializedCredentials } from "../../src/specialized/SpecializedCredentials.js"
import { SpecializedToken } from "../../src/specialized/SpecializedToken.js"
import { StandardClient } from "../../src/standard/StandardClient.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { StandardFlow, type StandardFlowConfig } from "../../src/standard/StandardFlow.js"
import { StandardToken } from "../../src/standard/StandardToken.js"
import { TokenCache } from "../../src/TokenCache.js"
import { VippsEmulator } from "../../src/testing.js"
import type { VippsHttpClient } from "../../src/VippsClient.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"

class North extends Context.Tag("test/North")<North, VippsHttpClient>() {}
class South extends Context.Tag("test/South")<South, VippsHttpClient>() {}
class East extends Context.Tag("test/East")<East, VippsHttpClient>() {}
class West extends Context.Tag("test/West")<West, VippsHttpClient>() {}

const units = ["NORTH", "SOUTH", "EAST", "WEST"] as const

/** The keys of a unit: nobody else's. */
const keysOf = (unit: (typeof units)[number]) => {
  const digit = units.indexOf(unit) + 1
  return {
    clientId: `${String(digit).repeat(8)}-7907-4d83-ba20-c7fb60ca35de`,
    clientSecret: `secret-of-${unit}`,
    subscriptionKey: `${String(digit).repeat(8)}ab0ec4b29ae0cb90d91b4a84`,
    merchantSerialNumber: String(digit).repeat(6)
  }
}

const prefixed = ["NORTH", "SOUTH"].flatMap((unit) => {
  const keys = keysOf(unit === "NORTH" ? "NORTH" : "SOUTH")
  return [
    [`${unit}_VIPPS_CLIENT_ID`, keys.clientId],
    [`${unit}_VIPPS_CLIENT_SECRET`, keys.clientSecret],
    [`${unit}_VIPPS_SUBSCRIPTION_KEY`, keys.subscriptionKey],
    [`${unit}_VIPPS_MERCHANT_SERIAL_NUMBER`, keys.merchantSerialNumber]
  ] as const
})

const ownNames = (["EAST", "WEST"] as const).flatMap((unit) => {
  const keys = keysOf(unit)
  return [
    [`${unit}_ID`, keys.clientId],
    [`${unit}_SECRET`, keys.clientSecret],
    [`${unit}_KEY`, keys.subscriptionKey],
    [`${unit}_MSN`, keys.merchantSerialNumber]
  ] as const
})

const namesOf = (unit: "EAST" | "WEST") =>
  StandardCredentials.configOf({
    clientId: `${unit}_ID`,
    clientSecret: `${unit}_SECRET`,
    subscriptionKey: `${unit}_KEY`,
    merchantSerialNumber: `${unit}_MSN`
  })

const configs = {
  NORTH: { credentials: Config.nested(StandardCredentials.config, "NORTH"), label: Config.succeed("north") },
  SOUTH: { credentials: Config.nested(StandardCredentials.config, "SOUTH"), label: Config.succeed("south") },
  EAST: { credentials: namesOf("EAST") },
  WEST: { credentials: namesOf("WEST") }
} satisfies Record<string, StandardFlowConfig>

const provider = ConfigProvider.fromMap(
  new Map([...prefixed, ...ownNames, ["VIPPS_ENVIRONMENT", "https://vipps-emulator.invalid"]]),
  { pathDelim: "_" }
)

const accepted = Effect.gen(function* () {
  const emulator = yield* VippsEmulator
  for (const unit of units) {
    const keys = yield* Effect.orDie(StandardCredentials.decode(keysOf(unit)))
    yield* emulator.accept(keys)
  }
  return emulator
})

const path = "/epayment/v1/payments/order-0001"

const layerOf = <Unit, Self>(
  tag: Context.Tag<Unit, VippsHttpClient>,
  layer: Layer.Layer<StandardClient, Self, HttpClient.HttpClient>
) => Layer.effect(tag, StandardClient).pipe(Layer.provide(layer))

describe("F63 several sales units in one graph", () => {
  it.effect("F63 two by prefix and two by own names: each request with its own keys, one cache for all", () =>
    Effect.gen(function* () {
      const emulator = yield* accepted
      const sent = yield* Effect.gen(function* () {
        const clients = { NORTH: yield* North, SOUTH: yield* South, EAST: yield* East, WEST: yield* West }
        const seen: Array<string> = []
        for (const unit of [...units, ...units]) {
          yield* clients[unit].get(path)
          const [request] = (yield* emulator.requests).slice(-1)
          const keys = keysOf(unit)
          assert.strictEqual(request?.headers["ocp-apim-subscription-key"], keys.subscriptionKey, unit)
          assert.strictEqual(request?.headers["merchant-serial-number"], keys.merchantSerialNumber, unit)
          seen.push(request?.headers.authorization ?? "")
        }
        const cache = yield* TokenCache
        assert.deepStrictEqual((yield* cache.statuses).map(({ label }) => label).sort(), [
          "north",
          "south",
          "standard 33333333",
          "standard 44444444"
        ])
        return seen
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            layerOf(North, StandardClient.layerConfig(configs.NORTH)),
            layerOf(South, StandardClient.layerConfig(configs.SOUTH)),
            layerOf(East, StandardClient.layerConfig(configs.EAST)),
            layerOf(West, StandardClient.layerConfig(configs.WEST)),
            TokenCache.layer
          ).pipe(Layer.provide(Layer.setConfigProvider(provider)))
        )
      )
      assert.strictEqual(new Set(sent).size, units.length)
      const tokenRequests = yield* emulator.tokenRequests
      assert.deepStrictEqual(
        tokenRequests.map(({ headers }) => headers.client_id),
        units.map((unit) => keysOf(unit).clientId)
      )
    }).pipe(Effect.provide(VippsEmulator.layer))
  )

  it.effect("F63 the same two calls under two config providers", () =>
    Effect.gen(function* () {
      const emulator = yield* accepted
      const under = <Unit>(tag: Context.Tag<Unit, VippsHttpClient>, unit: "NORTH" | "SOUTH") =>
        Layer.effect(tag, StandardClient).pipe(
          Layer.provide(StandardClient.layerConfig({ environment: VippsEnvironment.config })),
          Layer.provide(
            Layer.setConfigProvider(
              ConfigProvider.fromMap(
                new Map([
                  ["VIPPS_ENVIRONMENT", "https://vipps-emulator.invalid"],
                  ["VIPPS_CLIENT_ID", keysOf(unit).clientId],
                  ["VIPPS_CLIENT_SECRET", keysOf(unit).clientSecret],
                  ["VIPPS_SUBSCRIPTION_KEY", keysOf(unit).subscriptionKey]
                ])
              )
            )
          )
        )
      yield* Effect.gen(function* () {
        yield* (yield* North).get(path)
        yield* (yield* South).get(path)
      }).pipe(Effect.provide(Layer.mergeAll(under(North, "NORTH"), under(South, "SOUTH"))))
      const ids = (yield* emulator.requests).flatMap(({ headers }) => headers.client_id ?? [])
      assert.deepStrictEqual(ids, [keysOf("NORTH").clientId, keysOf("SOUTH").clientId])
    }).pipe(Effect.provide(VippsEmulator.layer))
  )

  it.effect("F63 the constant layers with two flows: neither source and neither client is the other's", () =>
    Effect.gen(function* () {
      const emulator = yield* accepted
      const over = <Unit>(tag: Context.Tag<Unit, VippsHttpClient>, unit: "NORTH" | "SOUTH") => {
        const { clientId, clientSecret, subscriptionKey } = keysOf(unit)
        const credentials = StandardCredentials.make({
          clientId,
          clientSecret: Redacted.make(clientSecret),
          subscriptionKey: Redacted.make(subscriptionKey)
        })
        const environment = VippsEnvironment.custom("https://vipps-emulator.invalid")
        return Layer.effect(tag, StandardClient).pipe(
          Layer.provide(StandardClient.layer),
          Layer.provide(StandardToken.layer),
          Layer.provide([StandardFlow.layer({ credentials, environment }), TokenCache.layer])
        )
      }
      yield* Effect.gen(function* () {
        yield* (yield* North).get(path)
        yield* (yield* South).get(path)
      }).pipe(Effect.provide(Layer.mergeAll(over(North, "NORTH"), over(South, "SOUTH"))))
      const ids = (yield* emulator.requests).flatMap(({ headers }) => headers.client_id ?? [])
      assert.deepStrictEqual(ids, [keysOf("NORTH").clientId, keysOf("SOUTH").clientId])
    }).pipe(Effect.provide(VippsEmulator.layer))
  )

  it.effect("F63 as plain clients, for generated ones", () =>
    Effect.gen(function* () {
      const emulator = yield* accepted
      class NorthApi extends Context.Tag("test/NorthApi")<NorthApi, HttpClient.HttpClient>() {}
      class SouthApi extends Context.Tag("test/SouthApi")<SouthApi, HttpClient.HttpClient>() {}
      const plain = <Unit>(tag: Context.Tag<Unit, HttpClient.HttpClient>, unit: "NORTH" | "SOUTH") =>
        Layer.effect(tag, HttpClient.HttpClient).pipe(
          Layer.provide(StandardClient.layerHttpClient),
          Layer.provide(StandardClient.layerConfig(configs[unit]))
        )
      yield* Effect.gen(function* () {
        for (const [client, unit] of [[yield* NorthApi, "NORTH"] as const, [yield* SouthApi, "SOUTH"] as const]) {
          yield* client.get(path)
          const [request] = (yield* emulator.requests).slice(-1)
          assert.strictEqual(request?.headers["ocp-apim-subscription-key"], keysOf(unit).subscriptionKey, unit)
        }
      }).pipe(
        Effect.provide(
          Layer.mergeAll(plain(NorthApi, "NORTH"), plain(SouthApi, "SOUTH")).pipe(
            Layer.provide(Layer.setConfigProvider(provider))
          )
        )
      )
    }).pipe(Effect.provide(VippsEmulator.layer))
  )

  it("F63 every constant layer over another service is fresh: Effect would share it between two of them", () => {
    const shared = Object.entries<object>(library).flatMap(([name, value]) =>
      Object.entries(value)
        .filter(([, member]) => Layer.isLayer(member) && !Layer.isFresh(member))
        .map(([member]) => `${name}.${member}`)
    )
    // Those over nothing: one cache, and one store, for a graph.
    assert.deepStrictEqual(shared, ["TokenCache.layer", "TokenStore.layerMemory"])
  })

  it.effect("F63 of the specialized flow, as token and as client", () =>
    Effect.gen(function* () {
      const emulator = yield* VippsEmulator
      for (const unit of units) yield* emulator.accept(yield* Effect.orDie(specializedOf(unit)))
      const environment = Config.succeed(VippsEnvironment.custom("https://vipps-emulator.invalid"))
      const config = (unit: "EAST" | "WEST") => ({
        environment,
        credentials: SpecializedCredentials.configOf({ clientId: `${unit}_ID`, clientSecret: `${unit}_SECRET` })
      })
      const [east, west] = yield* Effect.all([
        Effect.provide(SpecializedToken, SpecializedToken.layerConfig(config("EAST"))),
        Effect.provide(SpecializedToken, SpecializedToken.layerConfig(config("WEST")))
      ]).pipe(Effect.withConfigProvider(provider))
      assert.notStrictEqual(east.flow.key, west.flow.key)
      yield* Effect.gen(function* () {
        yield* (yield* East).get("/settlement/v1/ledgers")
        yield* (yield* West).get("/settlement/v1/ledgers")
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            Layer.effect(East, SpecializedClient).pipe(Layer.provide(SpecializedClient.layerConfig(config("EAST")))),
            Layer.effect(West, SpecializedClient).pipe(Layer.provide(SpecializedClient.layerConfig(config("WEST"))))
          )
        ),
        Effect.withConfigProvider(provider)
      )
      const tokenRequests = yield* emulator.tokenRequests
      assert.deepStrictEqual(
        tokenRequests.map(({ headers }) => headers.authorization),
        [basic("EAST"), basic("WEST")]
      )
    }).pipe(Effect.provide(VippsEmulator.layer))
  )

  it.effect("client, token and cache of one graph share one token", () =>
    Effect.gen(function* () {
      const emulator = yield* VippsEmulator
      yield* Effect.gen(function* () {
        yield* (yield* StandardClient).get(path)
        yield* (yield* StandardToken).get
        assert.strictEqual((yield* (yield* TokenCache).statuses).length, 1)
      }).pipe(
        Effect.provide(
          Layer.mergeAll(StandardClient.layerConfig(), StandardToken.layerConfig(), TokenCache.layer).pipe(
            Layer.provide(VippsEmulator.layerConfigProvider())
          )
        )
      )
      const tokenRequests = yield* emulator.tokenRequests
      assert.strictEqual(tokenRequests.length, 1)
    }).pipe(Effect.provide(VippsEmulator.layer))
  )
})

const specializedOf = (unit: (typeof units)[number]) => {
  const { clientId, clientSecret } = keysOf(unit)
  return SpecializedCredentials.decode({ clientId, clientSecret })
}

const basic = (unit: (typeof units)[number]) => {
  const { clientId, clientSecret } = keysOf(unit)
  return `Basic ${btoa(`${clientId}:${clientSecret}`)}`
}
