/**
 * A flow is one exchange a call, with a name, some patience and a layer. What it sends: TokenFlow.request.test.ts; what
 * it makes of answers: TokenFlow.answers.test.ts.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { SpecializedFlow } from "../../src/specialized/SpecializedFlow.js"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { sentBy, specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import {
  recordedStandardGrant,
  specializedCredentials,
  specializedGrant,
  standardCredentials,
  system,
  systemHeaders
} from "../fixtures/keys.js"
import { recordingClient } from "../fixtures/recordingClient.js"

const granting = () => recordingClient({ body: recordedStandardGrant })

describe("a flow", () => {
  it.effect("asks once per call and remembers nothing", () =>
    Effect.gen(function* () {
      const recording = granting()
      const flow = yield* standardFlowOver(recording.client)
      assert.strictEqual(recording.requests.length, 0)
      const tokens = yield* Effect.all([flow.request, flow.request, flow.request], { concurrency: "unbounded" })
      assert.strictEqual(recording.requests.length, 3)
      assert.strictEqual(tokens.length, 3)
    })
  )

  it.effect("asks once per failing call: no retry", () =>
    Effect.gen(function* () {
      const recording = recordingClient({ status: 503 })
      const flow = yield* standardFlowOver(recording.client)
      yield* Effect.flip(flow.request)
      assert.strictEqual(recording.requests.length, 1)
    })
  )

  it.effect("F42 label: told or, by default, the flow and the first 8 characters of the client id", () =>
    Effect.gen(function* () {
      const { client } = recordingClient({ status: 503 })
      const flows = [
        [yield* standardFlowOver(client), "standard", "standard fb492b5e"],
        [yield* specializedFlowOver(client), "specialized", "specialized 9658f4e2"],
        [yield* standardFlowOver(client, { label: "webshop" }), "standard", "webshop"],
        [yield* specializedFlowOver(client, { label: "accounts" }), "specialized", "accounts"]
      ] as const
      for (const [flow, name, label] of flows) {
        assert.strictEqual(flow.name, name)
        assert.strictEqual(flow.label, label)
        const error = yield* Effect.flip(flow.request)
        assert.strictEqual(error.flow, name)
        assert.strictEqual(error.label, label)
        assert.isTrue(error.message.startsWith(`${label}: `))
      }
    })
  )

  it.effect("F42 environment: baseUrl is where the API is", () =>
    Effect.gen(function* () {
      const { client } = granting()
      const environment = VippsEnvironment.custom("https://proxy.example/vipps/")
      assert.strictEqual((yield* standardFlowOver(client)).baseUrl.href, "https://apitest.vipps.no/")
      assert.strictEqual(
        (yield* specializedFlowOver(client, { environment })).baseUrl.href,
        "https://proxy.example/vipps"
      )
    })
  )

  for (const [name, over] of [
    ["standard", standardFlowOver],
    ["specialized", specializedFlowOver]
  ] as const) {
    it.effect(`F42 requestTimeout: the ${name} flow waits 10 seconds, or as long as told`, () =>
      Effect.gen(function* () {
        const { client } = recordingClient(() => Effect.never)
        for (const [options, millis] of [
          [{}, 10_000],
          [{ requestTimeout: "3 seconds" }, 3_000],
          [{ requestTimeout: Duration.minutes(2) }, 120_000]
        ] as const) {
          const flow = yield* over(client, options)
          const fiber = yield* Effect.fork(Effect.flip(flow.request))
          yield* TestClock.adjust(millis - 1)
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)), "still waiting")
          yield* TestClock.adjust(1)
          const error = yield* Fiber.join(fiber)
          assert.deepInclude(error, { _tag: "Unavailable", reason: "timeout" })
          assert.match(error.message, /did not answer in time/)
        }
      })
    )
  }

  it.effect("a caller that leaves ends the request", () =>
    Effect.gen(function* () {
      let ended = false
      const { client } = recordingClient(() =>
        Effect.onInterrupt(Effect.never, () => Effect.sync(() => (ended = true)))
      )
      const flow = yield* standardFlowOver(client)
      const fiber = yield* Effect.fork(flow.request)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.isTrue(ended)
    })
  )
})

it.effect("F36 a flow whose URL somebody changes sends nothing to another server", () =>
  Effect.gen(function* () {
    const flow = yield* standardFlowOver(recordingClient({}).client)
    Object.assign(flow.baseUrl, { hostname: "mirror.example" })
    for (const copy of [flow, { ...flow }])
      assert.strictEqual(copy.baseUrl.origin, VippsEnvironment.test.baseUrl.origin)
  })
)

describe("layer", () => {
  it.effect("F42 gives the flow that make gives, to whoever asks for the service", () =>
    Effect.gen(function* () {
      const recording = granting()
      const options = {
        credentials: standardCredentials,
        environment: VippsEnvironment.production,
        label: "layered",
        path: "/renamed",
        system
      } as const
      const flow = yield* StandardFlow.pipe(
        Effect.provide(StandardFlow.layer(options)),
        Effect.provideService(HttpClient.HttpClient, recording.client)
      )
      const sent = yield* sentBy(Effect.succeed(flow), recording)
      assert.strictEqual(sent.url, "https://api.vipps.no/renamed")
      assert.deepInclude({ ...sent.headers }, systemHeaders)
      assert.strictEqual(flow.label, "layered")
    })
  )

  it.effect("F42 of the specialized flow too", () =>
    Effect.gen(function* () {
      const recording = recordingClient({ body: specializedGrant })
      const options = {
        credentials: specializedCredentials,
        environment: VippsEnvironment.production,
        label: "layered",
        path: "/renamed",
        system
      } as const
      const flow = yield* SpecializedFlow.pipe(
        Effect.provide(SpecializedFlow.layer(options)),
        Effect.provideService(HttpClient.HttpClient, recording.client)
      )
      const sent = yield* sentBy(Effect.succeed(flow), recording)
      assert.strictEqual(sent.url, "https://api.vipps.no/renamed")
      assert.deepInclude({ ...sent.headers }, systemHeaders)
      assert.strictEqual(flow.name, "specialized")
      assert.strictEqual(flow.label, "layered")
    })
  )
})
