/**
 * A Redis connection that never blocks callers: while it is down, commands fail immediately; it reconnects by itself,
 * and never sends a command twice.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Redis } from "ioredis"
import { raceFirst } from "../../effect/raceFirst.js"
import { commandTimeout } from "../circuitBreaker.js"

/**
 * A connection for the lifetime of the scope. A starting process waits for it as long as for a command: without that,
 * each process of a fleet would request its own token. If the server is down or slow, the connection is made later.
 */
export const redisConnection = (url: Redacted.Redacted<string>): Effect.Effect<Redis, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try(() => connectable(Redacted.value(url))).pipe(
      // Its own error may repeat the URL, and the password in it.
      Effect.catchAll(() => Effect.dieMessage("ioredis refuses the store's URL: check its user, password and query"))
    ),
    (client) => Effect.sync(() => client.disconnect())
  ).pipe(Effect.tap((client) => raceFirst(Effect.exit(Effect.tryPromise(() => client.connect())), commandTimeout)))

const connectable = (url: string): Redis => {
  const client = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    // Replaces the connection to a server that accepts and says nothing.
    socketTimeout: 5000,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(100 * times, 2000),
    // After a failover the old primary answers that it is a replica now.
    reconnectOnError: (error) => error.message.startsWith("READONLY")
  })
  // Each command fails for itself; an error event without a listener is printed.
  return client.on("error", () => {})
}
