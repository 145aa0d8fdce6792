/** F45 a process that is stopped for 20 s while it refreshes, and goes on: real processes, real signals. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { bundled } from "../fixtures/bundle.js"
import { started } from "../fixtures/childProcesses.js"
import { answerJson, httpServer } from "../fixtures/httpServer.js"
import { recordedStandardGrant } from "../fixtures/keys.js"

/** Longer than a token request and a whole refresh may take. */
const stopped = "20 seconds"

const lifeSeconds = 12

/** A token endpoint, slow but well: it answers a request when it is told to, or at once. */
const tokenEndpoint = Effect.gen(function* () {
  const pending: Array<() => void> = []
  let slow = false
  let granted = 0
  const server = yield* httpServer((response, request) => {
    const answer = () => {
      granted += 1
      const expires = { expires_in: `${lifeSeconds}`, expires_on: `${Math.floor(Date.now() / 1000) + lifeSeconds}` }
      answerJson({ ...recordedStandardGrant, ...expires, access_token: `token-${granted}` })(response, request)
    }
    if (slow) pending.push(answer)
    else answer()
  })
  return {
    url: server.url,
    becomeSlow: Effect.sync(() => {
      slow = true
    }),
    asked: Effect.repeat(Effect.sleep("20 millis"), { until: () => pending.length > 0 }),
    answer: Effect.sync(() => {
      slow = false
      for (const answer of pending.splice(0)) answer()
    })
  }
})

describe.concurrent("F45 a process that was stopped while it refreshed", () => {
  for (const mode of ["background", "onDemand"] as const) {
    for (const had of ["without a token", "with one that expires meanwhile"] as const) {
      it.scopedLive(`${had}: its callers get one, at once and 0.3 s after it goes on (${mode})`, () =>
        Effect.gen(function* () {
          const endpoint = yield* tokenEndpoint
          const process = yield* started(yield* bundled("./fleetProcess.ts"), "stopped", {
            REFRESH_MODE: mode,
            VIPPS_ENVIRONMENT: endpoint.url,
            VIPPS_CLIENT_ID: "a",
            VIPPS_CLIENT_SECRET: "b",
            VIPPS_SUBSCRIPTION_KEY: "c"
          })
          if (had !== "without a token") assert.strictEqual((yield* process.get).token, "token-1")
          yield* endpoint.becomeSlow
          // On demand a refresh begins with a call.
          const callers = yield* Effect.fork(Effect.forever(Effect.delay(process.get, "100 millis")))
          yield* endpoint.asked
          yield* Fiber.interruptFork(callers)
          yield* process.signal("SIGSTOP")
          yield* Effect.sleep(stopped)
          yield* process.signal("SIGCONT")
          const gots = yield* Effect.fork(
            Effect.all([process.get, Effect.delay(process.get, "300 millis")], { concurrency: "unbounded" })
          )
          yield* Effect.sleep("600 millis")
          yield* endpoint.answer
          for (const { error, leftMillis, token } of yield* Fiber.join(gots)) {
            assert.isUndefined(error)
            assert.match(token ?? "", /^token-/)
            assert.isAbove(leftMillis, 0)
          }
        })
      )
    }
  }
})
