/** Against the server that the VIPPS_ variables name, with the runtime's own `fetch`. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer } from "effect"
import { StandardClient, StandardToken } from "effect-vipps-token"
import { keptToken } from "./keptToken.js"

const Live = StandardClient.layer.pipe(
  Layer.provideMerge(StandardToken.layerConfig()),
  Layer.provide(FetchHttpClient.layer)
)

Effect.runPromise(Effect.provide(keptToken, Live)).then(console.log)
