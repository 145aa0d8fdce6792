/** Our own token source, against the token endpoint, as an application builds it. */

import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Brand from "effect/Brand"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { keys } from "./frame/tokenEndpoint.js"
import {
  AccessToken,
  StandardCredentials,
  StandardFlow,
  StandardToken,
  TokenCache,
  type TokenFlow,
  type TokenKey,
  VippsEnvironment
} from "./library.js"

export const flowLayer = (url: string): Layer.Layer<StandardFlow, never, HttpClient.HttpClient> =>
  StandardFlow.layer({
    credentials: StandardCredentials.make({
      clientId: keys.clientId,
      clientSecret: Redacted.make(keys.clientSecret),
      subscriptionKey: Redacted.make(keys.subscriptionKey)
    }),
    environment: VippsEnvironment.custom(url)
  })

/** A source with nothing in it, in a cache of its own, which lives as long as the scope. */
export const sourceIn = (scope: Scope.Scope, url: string) =>
  StandardToken.layer.pipe(
    Layer.provide([flowLayer(url), TokenCache.layer]),
    Layer.provide([NodeHttpClient.layer, Logger.minimumLogLevel(LogLevel.None)]),
    Layer.buildWithScope(scope),
    Effect.map((context) => Context.get(context, StandardToken))
  )

const baseUrl = new URL("https://vipps.invalid")
const tokenKey = Brand.nominal<TokenKey>()

/** A flow without HTTP, for what keeping costs without asking. */
export const flowWithout = (key: string, nextText: () => string, expiresIn: Duration.DurationInput): TokenFlow => ({
  name: "standard",
  label: key,
  key: tokenKey(key),
  baseUrl,
  request: Effect.map(Clock.currentTimeMillis, (now) =>
    AccessToken.make({
      value: Redacted.make(nextText()),
      flow: "standard",
      issuedAt: DateTime.unsafeMake(now),
      expiresIn
    })
  )
})
