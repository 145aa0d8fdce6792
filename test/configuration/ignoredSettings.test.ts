/** F63 a policy or a store that is provided where it has no effect is warned of. */
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { RefreshPolicy } from "../../src/RefreshPolicy.js"
import { SpecializedToken } from "../../src/specialized/SpecializedToken.js"
import { StandardToken } from "../../src/standard/StandardToken.js"
import { TokenCache } from "../../src/TokenCache.js"
import { TokenStore } from "../../src/TokenStore.js"
import { VippsEmulator } from "../../src/testing.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"

const Patient = RefreshPolicy.layer({ patience: "3 seconds" })
const Impatient = RefreshPolicy.layer({ patience: "2 seconds" })

const warningsOf = (
  tokens: Layer.Layer<StandardToken | SpecializedToken, unknown, HttpClient.HttpClient | VippsEmulator>
) => {
  const { logs, recorded } = recordingLogs()
  return Effect.all([StandardToken, SpecializedToken]).pipe(
    Effect.provide(tokens),
    Effect.provide(VippsEmulator.layer),
    recorded,
    Effect.as(logs),
    Effect.map((logs) => logs.filter(({ level }) => level === "WARN").map(({ message }) => message))
  )
}

const emulated = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
  layer.pipe(Layer.provide(VippsEmulator.layerConfigProvider()))

const Standard = emulated(StandardToken.layerConfig())
const Specialized = emulated(SpecializedToken.layerConfig())

describe("of two layers in one graph", () => {
  it.effect("with a policy each, the second is told that its own has no effect", () =>
    Effect.gen(function* () {
      const [warning, ...others] = yield* warningsOf(
        Layer.merge(Standard.pipe(Layer.provide(Patient)), Specialized.pipe(Layer.provide(Impatient)))
      )
      assert.match(warning ?? "", /^A RefreshPolicy or TokenStore is provided to a second layer, without effect/)
      assert.isEmpty(others)
    })
  )

  it.effect("with a store each, the second is told that its own has no effect", () =>
    Effect.gen(function* () {
      const [warning, ...others] = yield* warningsOf(
        Layer.merge(
          Standard.pipe(Layer.provide(TokenStore.layerMemory)),
          Specialized.pipe(Layer.provide(Layer.fresh(TokenStore.layerMemory)))
        )
      )
      assert.match(warning ?? "", /^A RefreshPolicy or TokenStore is provided to a second layer, without effect/)
      assert.isEmpty(others)
    })
  )

  for (const [what, tokens] of [
    ["a policy for both", Layer.merge(Standard, Specialized).pipe(Layer.provide(Patient))],
    [
      "equal policies",
      Layer.merge(
        Standard.pipe(Layer.provide(Patient)),
        Specialized.pipe(Layer.provide(RefreshPolicy.layer({ patience: 3000 })))
      )
    ],
    ["a store for both", Layer.merge(Standard, Specialized).pipe(Layer.provide(TokenStore.layerMemory))],
    ["neither", Layer.merge(Standard, Specialized)]
  ] as const) {
    it.effect(`with ${what}, nothing is said`, () =>
      Effect.map(warningsOf(tokens), (warnings) => assert.isEmpty(warnings))
    )
  }

  it.scoped("asked outside of the layers, nothing is said", () => {
    const { logs, recorded } = recordingLogs()
    return Effect.gen(function* () {
      const cache = yield* TokenCache.make.pipe(Effect.provide([Patient, TokenStore.layerMemory]))
      yield* cache.source(scriptedFlow())
      assert.isEmpty(logs.filter(({ level }) => level === "WARN"))
    }).pipe(recorded)
  })
})
