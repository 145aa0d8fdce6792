/** F45 a process that is stopped with a token request under way, and goes on: real processes, real signals. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bundled } from "../fixtures/bundle.js"
import { httpServer } from "../fixtures/httpServer.js"
import { recordedStandardGrant } from "../fixtures/keys.js"

const requestTimeoutMillis = 3000
const stopMillis = 2 * requestTimeoutMillis

/** What a process says of its request, which is answered so long after the process goes on; or before that. */
const outcomeOfStopped = (client: string, answerAfterMillis: number) =>
  Effect.gen(function* () {
    const asked = yield* Effect.makeLatch()
    let answer = () => {}
    const server = yield* httpServer((response) => {
      answer = () => response.end(JSON.stringify(recordedStandardGrant))
      Effect.runSync(asked.open)
    })
    const file = yield* bundled("./requestingProcess.ts")
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [file, server.url, client, String(requestTimeoutMillis)], {
          stdio: ["ignore", "pipe", "inherit"]
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const said = once(child.stdout, "data")
    yield* asked.await
    child.kill("SIGSTOP")
    if (answerAfterMillis < 0) answer()
    yield* Effect.sleep(stopMillis)
    child.kill("SIGCONT")
    yield* Effect.sleep(Math.max(0, answerAfterMillis))
    if (answerAfterMillis >= 0) answer()
    assert.strictEqual(server.requests.length, 1)
    return String((yield* Effect.promise(() => said))[0]).trim()
  })

describe.concurrent("F45 a process that was stopped", () => {
  it.scopedLive("an answer that does not come in the time that was left is too late", () =>
    Effect.map(outcomeOfStopped("fetch", 2 * requestTimeoutMillis), (said) =>
      assert.strictEqual(said, "Unavailable timeout")
    )
  )

  for (const client of ["fetch", "undici", "node:http"]) {
    it.scopedLive(`${client}: an answer that came meanwhile counts, though the timer rings first`, () =>
      Effect.map(outcomeOfStopped(client, -1), (said) => assert.strictEqual(said, "a token"))
    )

    it.scopedLive(`${client}: an answer that comes a second after the stop counts, since nobody waited meanwhile`, () =>
      Effect.map(outcomeOfStopped(client, 1000), (said) => assert.strictEqual(said, "a token"))
    )
  }
})
