/**
 * A connection to Redis that never holds anybody up: it fails at once while it is down, comes back by itself, and sends
 * nothing twice.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Redis } from "ioredis"
import { commandTime } from "../circuitBreaker.js"

/**
 * The connection lives as long as the scope. A starting process waits for it as long as for a command: without that, each
 * of a fleet would ask for itself. Where the server is down or slow it is made later.
 */
export const redisConnection = (url: Redacted.Redacted<string>): Effect.Effect<Redis, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const client = new Redis(Redacted.value(url), {
        lazyConnect: true,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        connectTimeout: 2000,
        // A server that accepts and says nothing: the connection is given up, and made anew.
        socketTimeout: 5000,
        keepAlive: 10_000,
        retryStrategy: (times) => Math.min(100 * times, 2000),
        // After a failover the old master says that it is a replica now.
        reconnectOnError: (error) => error.message.startsWith("READONLY")
      })
      // Each command says for itself that it failed; an event that nobody hears is printed.
      client.on("error", () => {})
      return client
    }),
    (client) => Effect.sync(() => client.disconnect())
  ).pipe(Effect.tap((client) => Effect.raceFirst(Effect.exit(Effect.tryPromise(() => client.connect())), commandTime)))
