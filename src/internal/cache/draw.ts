/**
 * Random numbers for refresh times and back-off.
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Draws from [0, 1). A user's own `Random` that dies or leaves that range costs the spread, and nothing else (F56). */
export const draw: Effect.Effect<number> = Random.next.pipe(
  Effect.map((random) => (random >= 0 && random < 1 ? random : 0.5)),
  Effect.catchAllCause(() => Effect.succeed(0.5))
)
