/**
 * No redirect is followed with a secret in hand.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** `fetch` follows redirects with all headers, so with our secrets; undici and node:http never do (F37). */
export const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.contextWithEffect((context: Context.Context<never>) => {
    const init = Option.getOrElse(Context.getOption(context, FetchHttpClient.RequestInit), () => ({}))
    return Effect.provideService(effect, FetchHttpClient.RequestInit, { ...init, redirect: "manual" })
  })
