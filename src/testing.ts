/**
 * Emulates Vipps' servers for tests: both token endpoints and some of the APIs, in memory or on a real socket. It
 * answers as the real servers do, and fails as they do when a test injects a fault.
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
import { Emulator } from "./internal/emulator/emulator.js"
import { makeService, type VippsEmulatorService } from "./internal/emulator/service.js"
import { newUnitKeys } from "./internal/emulator/tokens/ownKeys.js"
import { type VippsVariablesOptions, variablesFor } from "./internal/emulator/variables.js"
import { memoryClient } from "./internal/emulator/wire/memoryClient.js"
import { addressUrl, cutAtClose, socketApp } from "./internal/emulator/wire/socketApp.js"

export type { RecordedRequest } from "./internal/emulator/emulator.js"
/**
 * Faults to inject with `VippsEmulator.fault`.
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
export type { VippsVariableNames, VippsVariablesOptions } from "./internal/emulator/variables.js"

/** Resolves nowhere (RFC 6761 §6.4), so keys that bypass the emulator reach nobody. */
const memoryBaseUrl = "https://vipps-emulator.invalid"

/**
 * Emulates Vipps' servers for tests.
 *
 * Its clock is the one that its layer is built with. In `it.effect` that is `TestClock`, so a test controls when tokens
 * expire and slow answers arrive. The clocks of callers make no difference.
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
   * Runs the emulator in memory, behind an `HttpClient` that reaches nothing else. Without a socket or a promise, an
   * immediate answer arrives in the same tick. A token request to another host is a mistake in the test and fails
   * immediately with `RequestRejected`. Any other request to another host fails with a transport error.
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
   * const token = await Effect.runPromise(program.pipe(Effect.provide(TestFlow)))
   * console.log(token.flow) // standard
   * ```
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
   * Runs the emulator on the socket of an `HttpServer`, which should listen on loopback. When the layer closes, answers
   * that hang or drip are cut off.
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
   */
  static readonly layerServer: Layer.Layer<VippsEmulator, HttpServerError.ServeError, HttpServer.HttpServer> =
    Layer.scoped(
      this,
      Effect.gen(function* () {
        const server = yield* HttpServer.HttpServer
        const emulator = yield* Emulator.make
        const baseUrl = addressUrl(server.address)
        // It stands for a third party's server: no part of the caller's trace, where its spans would show keys.
        yield* Effect.locally(
          server.serve(yield* cutAtClose(socketApp(emulator, baseUrl))),
          HttpMiddleware.currentTracerDisabledWhen,
          () => true
        )
        return makeService(emulator, baseUrl)
      })
    )

  /**
   * Sets the `VIPPS_` variables to keys that the emulator accepts, and `VIPPS_ENVIRONMENT` to its address. All other
   * variables still come from the surrounding `ConfigProvider`.
   *
   * With `prefix` or `names` it sets the variables of those names to the keys of a new sales unit, which the emulator
   * also accepts. Each call creates another unit. A test with two units provides two of these layers.
   *
   * @example
   * ```ts
   * import { Config, Effect, Layer } from "effect"
   * import { StandardCredentials } from "effect-vipps-token"
   * import { VippsEmulator } from "effect-vipps-token/testing"
   *
   * const program = Effect.gen(function* () {
   *   const shopA = yield* Config.nested(StandardCredentials.config, "SHOP_A")
   *   const shopB = yield* Config.string("SHOP_B_ID")
   *   console.log(String(shopA.clientSecret), shopB.length) // <redacted> 36
   * })
   *
   * const names = { clientId: "SHOP_B_ID", clientSecret: "SHOP_B_SECRET", subscriptionKey: "SHOP_B_SUBSCRIPTION" }
   *
   * const TestVariables = VippsEmulator.layerConfigProvider({ prefix: "SHOP_A" }).pipe(
   *   Layer.provideMerge(VippsEmulator.layerConfigProvider({ names })),
   *   Layer.provideMerge(VippsEmulator.layer)
   * )
   *
   * await Effect.runPromise(program.pipe(Effect.provide(TestVariables)))
   * ```
   */
  static layerConfigProvider(options: VippsVariablesOptions = {}): Layer.Layer<never, never, VippsEmulator> {
    return Layer.unwrapEffect(
      Effect.gen(this, function* () {
        const { accept, baseUrl, credentials } = yield* this
        const isOwnUnit = options.names === undefined && !options.prefix
        const keys = isOwnUnit ? credentials : newUnitKeys()
        yield* accept(keys.standard)
        yield* accept(keys.specialized)
        // The path of a nested name is joined with an underscore, as in the environment of a process.
        const variables = ConfigProvider.fromMap(new Map(variablesFor(baseUrl.origin, keys, options)), {
          pathDelim: "_"
        })
        return yield* Effect.configProviderWith((outer) =>
          Effect.succeed(Layer.setConfigProvider(ConfigProvider.orElse(variables, () => outer)))
        )
      })
    )
  }
}
