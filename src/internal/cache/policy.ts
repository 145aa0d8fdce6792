/**
 * The refresh policy as a cache is built with it.
 */
import type * as Context from "effect/Context"
import type { RefreshPolicy } from "../../RefreshPolicy.js"

/** A refresh policy with every default filled in. */
export type Policy = Context.Tag.Service<typeof RefreshPolicy>
