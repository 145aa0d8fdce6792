/**
 * Vipps' servers for tests: both token endpoints, and APIs that want a token from them, in memory or behind a real
 * socket. They answer as the real ones do, and go wrong as the real ones do, when a test tells them to.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Emulator } from "./internal/emulator/emulator.js"
import { makeService, type VippsEmulatorService } from "./internal/emulator/service.js"
import { plainText } from "./internal/emulator/tokens/acceptedKeys.js"
import { memoryClient } from "./internal/emulator/wire/memoryClient.js"
import { addressUrl, socketApp } from "./internal/emulator/wire/socketApp.js"

export type { RecordedRequest } from "./internal/emulator/emulator.js"
/**
 * The faults, for `VippsEmulator.fault`.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { StandardToken } from "effect-vipps-token"
 * import { Fault, VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const emulator = yield* VippsEmulator
 *   yield* emulator.fault(Fault.invalidSubscriptionKey)
 *   const source = yield* StandardToken
 *   const error = yield* Effect.flip(source.get)
 *   console.log(error._tag) // InvalidCredentials
 * })
 *
 * const TestLive = StandardToken.layerConfig().pipe(
 *   Layer.provide(VippsEmulator.layerConfigProvider()),
 *   Layer.provideMerge(VippsEmulator.layer)
 * )
 *
 * await Effect.runPromise(program.pipe(Effect.provide(TestLive)))
 * ```
 *
 * @since 0.1.0
 * @category faults
 */
export * as Fault from "./internal/emulator/faults/index.js"
export type { VippsEmulatorService } from "./internal/emulator/service.js"
export type { NumberForm } from "./internal/emulator/tokens/tokenEndpoints.js"

/** A name that no resolver may answer (RFC 6761 §6.4): keys sent past the emulator reach nobody. */
const memoryBaseUrl = "https://vipps-emulator.invalid"

/**
 * Vipps' servers for tests.
 *
 * Its clock is the one that its layer is built with: in `it.effect` that is `TestClock`, which then drives the expiry
 * of tokens, slow answers and dripping ones. It never sees the clocks of its callers.
 *
 * @example
 * ```ts
 * import { HttpClient, HttpClientRequest } from "@effect/platform"
 * import { Effect, Redacted } from "effect"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const emulator = yield* VippsEmulator
 *   const { standard } = emulator.credentials
 *   const response = yield* HttpClientRequest.post(`${emulator.baseUrl.origin}/accesstoken/get`).pipe(
 *     HttpClientRequest.setHeaders({
 *       client_id: Redacted.value(standard.clientId),
 *       client_secret: Redacted.value(standard.clientSecret),
 *       "ocp-apim-subscription-key": Redacted.value(standard.subscriptionKey)
 *     }),
 *     HttpClient.execute
 *   )
 *   console.log(response.status) // 200
 * })
 *
 * await Effect.runPromise(program.pipe(Effect.provide(VippsEmulator.layer)))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class VippsEmulator extends Context.Tag("effect-vipps-token/testing/VippsEmulator")<
  VippsEmulator,
  VippsEmulatorService
>() {
  /**
   * In memory: an `HttpClient` that reaches the emulator and nothing else. No socket, and no promise either: an answer
   * at once is there in the same tick. A token request to another host is a mistake of the test, and fails at once with
   * `RequestRejected`; anything else to another host is a transport error.
   *
   * @example
   * ```ts
   * import { Effect, Layer } from "effect"
   * import { StandardFlow } from "effect-vipps-token"
   * import { VippsEmulator } from "effect-vipps-token/testing"
   *
   * const TestFlow = StandardFlow.layerConfig().pipe(
   *   Layer.provide(VippsEmulator.layerConfigProvider()),
   *   Layer.provideMerge(VippsEmulator.layer)
   * )
   *
   * const program = Effect.flatMap(StandardFlow, (flow) => flow.request)
   *
   * await Effect.runPromise(program.pipe(Effect.provide(TestFlow))).then((token) => console.log(token.flow)) // standard
   * ```
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<VippsEmulator | HttpClient.HttpClient> = Layer.effectContext(
    Effect.map(Emulator.make, (emulator) => {
      const baseUrl = new URL(memoryBaseUrl)
      return Context.make(HttpClient.HttpClient, memoryClient(emulator, baseUrl)).pipe(
        Context.add(this, makeService(emulator, baseUrl))
      )
    })
  )

  /**
   * Behind a real socket: that of the `HttpServer`, on loopback. When the layer closes, answers that hang or drip are
   * cut off; it does not wait for them.
   *
   * @example
   * ```ts
   * import { createServer } from "node:http"
   * import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
   * import { Effect, Layer } from "effect"
   * import { VippsEmulator } from "effect-vipps-token/testing"
   *
   * const Wire = VippsEmulator.layerServer.pipe(
   *   Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })),
   *   Layer.provideMerge(NodeHttpClient.layerUndici)
   * )
   *
   * const program = Effect.map(VippsEmulator, (emulator) => emulator.baseUrl.hostname)
   *
   * await Effect.runPromise(program.pipe(Effect.provide(Wire))).then(console.log) // 127.0.0.1
   * ```
   *
   * @since 0.1.0
   */
  static readonly layerServer: Layer.Layer<VippsEmulator, HttpServerError.ServeError, HttpServer.HttpServer> =
    Layer.scoped(
      this,
      Effect.gen(function* () {
        const server = yield* HttpServer.HttpServer
        const emulator = yield* Emulator.make
        const baseUrl = addressUrl(server.address)
        // Somebody else's server: it has no part in the caller's trace, nor may it show keys there.
        yield* Effect.locally(
          server.serve(yield* socketApp(emulator, baseUrl)),
          HttpMiddleware.currentTracerDisabledWhen,
          () => true
        )
        return makeService(emulator, baseUrl)
      })
    )

  /**
   * Sets the `VIPPS_` variables to the keys that the emulator accepts, and `VIPPS_ENVIRONMENT` to its address. All
   * other variables are read from where they were read before.
   *
   * @since 0.1.0
   */
  static layerConfigProvider(): Layer.Layer<never, never, VippsEmulator> {
    return Layer.unwrapEffect(
      Effect.gen(this, function* () {
        const emulator = yield* this
        return yield* Effect.configProviderWith((outer) =>
          Effect.succeed(Layer.setConfigProvider(ConfigProvider.orElse(variablesOf(emulator), () => outer)))
        )
      })
    )
  }
}

/** What the keys do not hold is set to blank, which counts as not set: nobody's shell has a say in a test. */
const variablesOf = ({ baseUrl, credentials }: VippsEmulatorService): ConfigProvider.ConfigProvider => {
  const { specialized, standard } = credentials
  return ConfigProvider.fromMap(
    new Map([
      ["VIPPS_ENVIRONMENT", baseUrl.origin],
      ["VIPPS_CLIENT_ID", plainText(standard.clientId)],
      ["VIPPS_CLIENT_SECRET", plainText(standard.clientSecret)],
      ["VIPPS_SUBSCRIPTION_KEY", plainText(standard.subscriptionKey)],
      ["VIPPS_MERCHANT_SERIAL_NUMBER", Option.getOrElse(standard.merchantSerialNumber, () => "")],
      ["VIPPS_SPECIALIZED_CLIENT_ID", plainText(specialized.clientId)],
      ["VIPPS_SPECIALIZED_CLIENT_SECRET", plainText(specialized.clientSecret)],
      ["VIPPS_SPECIALIZED_SCOPE", Option.getOrElse(specialized.scope, () => "")]
    ])
  )
}
