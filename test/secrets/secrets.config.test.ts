/** F36 for settings: no variable and no row is printed, good or bad. */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { SpecializedCredentials } from "../../src/specialized/SpecializedCredentials.js"
import { SpecializedFlow } from "../../src/specialized/SpecializedFlow.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { canaries } from "../fixtures/canaries.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import { assertNoCanary } from "../fixtures/silence.js"
import { intoSinks } from "../fixtures/sinks.js"

describe("F36 settings", () => {
  const bad = (secret: string) => `${secret}\n${secret}`
  const variables = {
    VIPPS_ENVIRONMENT: "test",
    VIPPS_CLIENT_ID: canaries.clientId,
    VIPPS_CLIENT_SECRET: canaries.clientSecret,
    VIPPS_SUBSCRIPTION_KEY: canaries.subscriptionKey,
    VIPPS_SPECIALIZED_CLIENT_ID: canaries.clientId,
    VIPPS_SPECIALIZED_CLIENT_SECRET: canaries.clientSecret,
    VIPPS_MERCHANT_SERIAL_NUMBER: "123456",
    VIPPS_SPECIALIZED_SCOPE: "a",
    VIPPS_SYSTEM_NAME: "acme",
    VIPPS_SYSTEM_VERSION: "1"
  }
  const build = (changes: Record<string, string>) =>
    Effect.all([
      Effect.exit(Effect.provide(StandardFlow, StandardFlow.layerConfig())),
      Effect.exit(Effect.provide(SpecializedFlow, SpecializedFlow.layerConfig()))
    ]).pipe(
      Effect.flatMap((exits) => Effect.flatMap(Effect.all(exits), () => Effect.succeed(exits))),
      Effect.provide(
        Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries({ ...variables, ...changes }))))
      ),
      Effect.provideService(HttpClient.HttpClient, recordingClient({}).client)
    )

  it.effect("good ones are not printed by the layers that they make", () =>
    Effect.map(intoSinks(build({}), [StandardFlow.layerConfig(), SpecializedFlow.layerConfig()]), (sunk) => {
      assert.isTrue(Exit.isSuccess(sunk.exit))
      assertNoCanary(sunk)
    })
  )

  for (const variable of Object.keys(variables)) {
    it.effect(`a bad ${variable} is not printed`, () =>
      Effect.gen(function* () {
        for (const secret of Object.values(canaries)) {
          const sunk = yield* intoSinks(build({ [variable]: bad(secret) }), [])
          assert.isTrue(Exit.isFailure(sunk.exit), variable)
          assertNoCanary(sunk, variable)
        }
      })
    )
  }

  it.effect("a bad row is not printed", () =>
    Effect.gen(function* () {
      const row = { clientId: bad(canaries.clientId), clientSecret: canaries.clientSecret }
      assertNoCanary(yield* intoSinks(StandardCredentials.decode(row), []))
      assertNoCanary(yield* intoSinks(SpecializedCredentials.decode(row), []))
      assertNoCanary(yield* intoSinks(VippsEnvironment.decode(`https://u:${canaries.clientSecret}@api.vipps.no`), []))
    })
  )
})
