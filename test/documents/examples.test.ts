import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { anyRedis } from "../fixtures/redisServer.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** A line that each example must print, so that one that does nothing does not pass. */
const mustPrint: Record<string, string> = {
  "00-tour.ts": "up again: a new token",
  "01-standard.ts": "a standard token: <redacted>",
  "02-specialized.ts": "a specialized token: <redacted>",
  "03-outage.ts": "program works again",
  "04-both-flows.ts": "specialized token: fresh",
  "05-testing-your-service.ts": "the checkout is open with a token, and closed in an outage",
  "06-checkout.ts": "captured: 499 NOK",
  "07-partner.ts": "3 merchants, 1 token request",
  "08-accounting-report.ts": "ledger 302321 settles NOK for NO:123455",
  "09-http-server.ts": "the server answers with payments, and says so in an outage",
  "10-two-processes.ts": "2 processes, 1 token request(s)",
  "11-key-rotation.ts":
    "roll-out 3: once the last token of the old key is over, nobody needs it: 2 token request(s) so far"
}

/** These wait more than they compute: they run beside each other. */
const waiting = ["00-tour.ts", "03-outage.ts", "10-two-processes.ts"]

/** These want a Redis. */
const sharing = ["10-two-processes.ts", "11-key-rotation.ts"]

const run = (example: string, env: Record<string, string>) =>
  Effect.async<{ readonly code: number; readonly output: string }>((resume) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", `examples/${example}`],
      { cwd: root, timeout: 60_000, env: { ...withoutVipps(process.env), ...env } },
      (error, stdout, stderr) =>
        resume(Effect.succeed({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr }))
    )
    return Effect.sync(() => child.kill())
  })

/** Nobody's real keys have a part in a test. */
const withoutVipps = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("VIPPS_")))

describe("examples", () => {
  it("each has a line here", () => {
    assert.deepStrictEqual(
      readdirSync(`${root}/examples`).filter((file) => file.endsWith(".ts")),
      Object.keys(mustPrint)
    )
  })

  const waitingFirst = Object.entries(mustPrint).sort(
    ([one], [other]) => Number(waiting.includes(other)) - Number(waiting.includes(one))
  )
  for (const [example, line] of waitingFirst) {
    it.scopedLive(
      `${example} runs with tsx, ends by itself and says what it should`,
      () =>
        Effect.gen(function* () {
          const env = sharing.includes(example) ? { VIPPS_TOKEN_STORE_URL: (yield* anyRedis).url } : {}
          const { code, output } = yield* run(example, env)
          assert.include(output, line)
          assert.strictEqual(code, 0, output)
        }),
      { concurrent: waiting.includes(example), timeout: 90_000 }
    )
  }
})
