/** The options of `TokenCache` for refreshing tokens, and their defaults. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { readDuration } from "./internal/effect/readDuration.js"

/**
 * The options of a refresh policy. Each may be left out.
 *
 * @see {@link RefreshPolicy} for an example
 * @since 0.1.0
 * @category models
 */
export interface RefreshPolicyOptions {
  /**
   * `background` (the default): one fiber refreshes tokens ahead of expiry. `onDemand`: no fiber and no timer; callers
   * start the refresh. For platforms that freeze or end a process between calls.
   */
  readonly mode?: "background" | "onDemand" | undefined
  /**
   * How early a token is refreshed, as a fraction of its lifetime above 0 and at most 1; a quarter by default. The
   * moment is drawn from the first half of this window.
   */
  readonly softWindow?: number | undefined
  /** The longest wait of a caller for a successor while the current token still works; 1 second by default. */
  readonly patience?: Duration.DurationInput | undefined
  /** The longest time for one refresh, with all its attempts; 15 seconds by default. */
  readonly requestBudget?: Duration.DurationInput | undefined
  /** The most refreshes that the fiber runs at once; 32 by default. One that takes over 2 seconds no longer counts. */
  readonly maxConcurrentRefreshes?: number | undefined
  /**
   * On demand only. Called with a promise for each refresh; it settles with the refresh and never rejects. Pass it to
   * `ctx.waitUntil`.
   */
  readonly keepAlive?: ((refreshing: Promise<void>) => void) | undefined
  /**
   * Whether metrics carry the label of the credentials, so that dashboards tell them apart; true by default. After the
   * 100th label of a process, the others count as `other`.
   */
  readonly labelMetrics?: boolean | undefined
}

/**
 * The policy that a `TokenCache` is built with. Has a default, so it needs no layer; to change it, provide one *below*
 * the token's layer (beside it, it is not seen). The layers of one graph share one cache, which has the policy that it
 * was built with: for a second policy, make a second cache, by `Layer.fresh` around the layer of the token.
 *
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import { RefreshPolicy, StandardToken } from "effect-vipps-token"
 *
 * const TokenLive = StandardToken.layerConfig().pipe(
 *   Layer.provide(RefreshPolicy.layer({ mode: "onDemand", patience: "2 seconds" }))
 * )
 *
 * console.log(Layer.isLayer(TokenLive)) // true
 * ```
 *
 * @since 0.1.0
 * @category references
 */
export class RefreshPolicy extends Context.Reference<RefreshPolicy>()("effect-vipps-token/RefreshPolicy", {
  defaultValue: () => withDefaults({})
}) {
  /**
   * A policy with some options changed. Throws a `RangeError` that names the option if one is malformed, such as a
   * `softWindow` that is not above 0 and at most 1, or a `requestBudget` of no time or without an end.
   */
  static layer(options: RefreshPolicyOptions): Layer.Layer<never> {
    return Layer.succeed(RefreshPolicy, withDefaults(options))
  }
}

/** The policy with every default filled in. */
const withDefaults = (options: RefreshPolicyOptions) => {
  const mode = options.mode ?? "background"
  if (mode !== "background" && mode !== "onDemand") throw new RangeError("mode must be background or onDemand")
  const softWindow = options.softWindow ?? 0.25
  if (!(softWindow > 0 && softWindow <= 1)) throw new RangeError("softWindow must be above 0 and at most 1")
  const maxConcurrentRefreshes = options.maxConcurrentRefreshes ?? 32
  if (!(Number.isInteger(maxConcurrentRefreshes) && maxConcurrentRefreshes > 0)) {
    throw new RangeError("maxConcurrentRefreshes must be a whole number above 0")
  }
  const patience = durationOf("patience", options.patience ?? "1 second")
  const requestBudget = durationOf("requestBudget", options.requestBudget ?? "15 seconds")
  if (Duration.equals(requestBudget, Duration.zero)) throw new RangeError("requestBudget must be above 0")
  if (options.keepAlive !== undefined && typeof options.keepAlive !== "function") {
    throw new RangeError("keepAlive must be a function")
  }
  return {
    mode,
    softWindow,
    patience,
    requestBudget,
    maxConcurrentRefreshes,
    keepAlive: options.keepAlive,
    labelMetrics: options.labelMetrics ?? true
  }
}

const durationOf = (name: string, given: Duration.DurationInput): Duration.Duration => {
  const duration = readDuration(given)
  if (Option.isNone(duration) || !Duration.isFinite(duration.value)) {
    throw new RangeError(`${name} must be a duration of zero or more, and not infinite`)
  }
  return duration.value
}
