import { execFileSync } from "node:child_process"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault } from "effect-vipps-token/testing"
import { closedPort } from "../fixtures/httpServer.js"
import { Cli, emulatorOnSocket, specializedVariables, standardVariables } from "./commandLine.js"

const isToken = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/

layer(Cli.layer, { excludeTestServices: true })("token", (it) => {
  it.scoped("prints the token alone on standard output, and what it is on standard error", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      const { code, stderr, stdout } = yield* cli.spawn(["token"], { env: standardVariables(emulator) })
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout.trimEnd(), isToken)
      assert.match(stderr, /^standard e3b0c442: a token from http:\/\/127\.0\.0\.1:\d+, valid until 20/)
      assert.notInclude(stderr, stdout.trim())
      assert.lengthOf(yield* emulator.tokenRequests, 1)
    })
  )

  it.scoped("--quiet says nothing on standard error", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      const { stderr, stdout } = yield* cli.run(["token", "--quiet"], { env: specializedVariables(emulator) })
      assert.strictEqual(stderr, "")
      assert.match(stdout.trimEnd(), isToken)
    })
  )

  it.scoped("--format env is read by a shell, json by a JSON parser, header by curl", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      const env = standardVariables(emulator)
      const assignments = yield* cli.run(["token", "--format", "env"], { env })
      const inShell = execFileSync("sh", ["-c", `${assignments.stdout}\nprintenv VIPPS_ACCESS_TOKEN`]).toString()
      assert.match(inShell.trimEnd(), isToken)

      const json = JSON.parse((yield* cli.run(["token", "--format=json"], { env })).stdout)
      assert.match(json.access_token, isToken)
      assert.strictEqual(json.token_type, "Bearer")
      assert.strictEqual(json.flow, "standard")
      assert.strictEqual(json.environment, emulator.baseUrl.origin)
      assert.isTrue(Number.isInteger(json.expires_in) && json.expires_in > 3500)
      assert.strictEqual(json.expires_on, Math.floor(Date.parse(json.expires_at) / 1000))

      const header = yield* cli.run(["token", "--format", "header"], { env })
      assert.match(header.stdout, /^Authorization: Bearer eyJ/)
    })
  )

  it.scoped("a flag beats a variable, a variable beats --dotenv, and a blank variable is none", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      const keys = standardVariables(emulator)
      const file = cli.write(
        "keys.env",
        `# keys\nexport VIPPS_CLIENT_ID=${keys.VIPPS_CLIENT_ID}\r\nVIPPS_CLIENT_SECRET="${keys.VIPPS_CLIENT_SECRET}" # theirs\n` +
          `VIPPS_SUBSCRIPTION_KEY='00000000000000000000000000000bad'\nVIPPS_ENVIRONMENT=production\n`
      )
      const { code, stderr } = yield* cli.run(["token", `--dotenv=${file}`, "--environment", emulator.baseUrl.origin], {
        env: {
          VIPPS_SUBSCRIPTION_KEY: keys.VIPPS_SUBSCRIPTION_KEY ?? "",
          VIPPS_ENVIRONMENT: "test",
          VIPPS_CLIENT_ID: " "
        }
      })
      assert.strictEqual(code, 0, stderr)
    })
  )

  it.scoped("--keys - reads JSON from standard input, and no other keys", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      const keys = standardVariables(emulator)
      const { code, stderr } = yield* cli.spawn(["token", "--keys", "-", "--environment", emulator.baseUrl.origin], {
        env: { ...specializedVariables(emulator), VIPPS_CLIENT_SECRET: "another" },
        stdin: JSON.stringify({
          clientId: keys.VIPPS_CLIENT_ID,
          clientSecret: keys.VIPPS_CLIENT_SECRET,
          VIPPS_SUBSCRIPTION_KEY: keys.VIPPS_SUBSCRIPTION_KEY,
          merchantSerialNumber: null
        })
      })
      assert.strictEqual(code, 0, stderr)
    })
  )

  it.scoped("keys of both flows, without --flow: the standard flow's token, and a line that says so", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      const env = { ...standardVariables(emulator), ...specializedVariables(emulator) }
      const { code, stderr, stdout } = yield* cli.run(["token", "--format", "json"], { env })
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(JSON.parse(stdout).flow, "standard")
      assert.include(stderr, "this is the standard flow's. Add --flow specialized for accounting and donations.\n")
      assert.strictEqual((yield* cli.run(["token", "--quiet"], { env })).stderr, "")
      const asked = yield* cli.run(["token", "--flow", "specialized", "--format", "json"], { env })
      assert.strictEqual(JSON.parse(asked.stdout).flow, "specialized")
      assert.notInclude(asked.stderr, "both flows")
    })
  )

  it.effect("missing and malformed variables are told all at once, and exit with 3", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { code, stderr, stdout } = yield* cli.run(["token"], {
        env: { VIPPS_CLIENT_ID: "<your-client-id>", VIPPS_MERCHANT_SERIAL_NUMBER: "12a4", VIPPS_SYSTEM_NAME: "é" }
      })
      assert.strictEqual(code, 3)
      assert.strictEqual(stdout, "")
      for (const name of [
        "VIPPS_ENVIRONMENT is missing",
        "VIPPS_CLIENT_ID must be the real value",
        "VIPPS_CLIENT_SECRET is missing",
        "VIPPS_SUBSCRIPTION_KEY is missing",
        "VIPPS_MERCHANT_SERIAL_NUMBER must be 4 to 10 digits",
        "VIPPS_SYSTEM_NAME"
      ]) {
        assert.include(stderr, name)
      }
    })
  )

  it.effect("a name that is nearly a variable's, and a system without its version, have their next step", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const env = {
        VIPPS_ENVIRONMENT: "test",
        VIPPS_CLIENTID: "3c9e4a01-7b52-4f0d-9d6e-8a1b2c3d4e5f",
        VIPPS_CLIENT_SECRET: "q83vEjRWeJCrze8SNFZ4kA==",
        VIPPS_SUBSCRIPTION_KEY: "9a1f00c47d2e4b6fa8c3d5e7f9012b4d",
        VIPPS_SYSTEM_NAME: "acme"
      }
      for (const run of [cli.run, cli.spawn]) {
        const { code, stderr } = yield* run(["token"], { env })
        assert.strictEqual(code, 3)
        assert.include(stderr, "VIPPS_CLIENTID is not read. Did you mean VIPPS_CLIENT_ID?")
        assert.include(
          stderr,
          "VIPPS_SYSTEM_VERSION is missing. Set it, or unset VIPPS_SYSTEM_NAME: the two go together."
        )
      }
      const alone = yield* cli.run(["check"], { env: { VIPPS_CLIENTID: env.VIPPS_CLIENTID } })
      assert.include(alone.stdout, "VIPPS_CLIENTID is not read.")
      assert.include(alone.stdout, "skipped  Connection: Without an environment")
    })
  )

  it.effect("without any key it names the variables of both flows", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { code, stderr } = yield* cli.run(["token"])
      assert.strictEqual(code, 3)
      assert.include(stderr, "VIPPS_CLIENT_ID, VIPPS_CLIENT_SECRET and VIPPS_SUBSCRIPTION_KEY")
      assert.include(stderr, "VIPPS_SPECIALIZED_CLIENT_ID")
    })
  )

  for (const [what, fault, exitCode, said] of [
    ["refused keys", Fault.invalidSubscriptionKey, 4, "subscription key"],
    ["a rejected request", Fault.notFound, 5, "404"],
    ["too many requests", Fault.rateLimited({ retryAfter: "7 seconds" }), 75, "Wait 7s before the next try."],
    ["a server in trouble", Fault.internalServerError, 75, "before the next try."],
    ["an answer without a token", Fault.missingAccessToken, 75, "before the next try."]
  ] as const) {
    it.scoped(`${what} exits with ${exitCode}`, () =>
      Effect.gen(function* () {
        const cli = yield* Cli
        const emulator = yield* emulatorOnSocket
        yield* emulator.fault(fault)
        const { code, stderr, stdout } = yield* cli.run(["token"], { env: standardVariables(emulator) })
        assert.strictEqual(code, exitCode)
        assert.include(stderr, said)
        assert.strictEqual(stdout, "")
        assert.lengthOf(yield* emulator.tokenRequests, 1)
      })
    )
  }

  it.scoped("--timeout ends a request that nobody answers, with 75", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      yield* emulator.fault(Fault.hang)
      const { code, stderr } = yield* cli.run(["token", "--timeout", "300ms"], { env: standardVariables(emulator) })
      assert.strictEqual(code, 75)
      assert.include(stderr, "did not answer in time")
    })
  )

  it.effect("a server that does not run exits with 75, in the words of check", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const host = `127.0.0.1:${yield* closedPort}`
      const { code, stderr } = yield* cli.run(["token"], {
        env: {
          VIPPS_ENVIRONMENT: `http://${host}`,
          VIPPS_CLIENT_ID: "e3b0c442-98fc-4c14-9afb-f4c8996fb924",
          VIPPS_CLIENT_SECRET: "ZW11bGF0b3I+c2VjcmV0Pw==",
          VIPPS_SUBSCRIPTION_KEY: "000000000000000000000000e3b0c442"
        }
      })
      assert.strictEqual(code, 75)
      assert.strictEqual(
        stderr,
        `${host} refuses the connection: nothing listens there (ECONNREFUSED).\n` +
          "Check host and port of VIPPS_ENVIRONMENT; if it is an emulator, start it.\n" +
          "Wait 30s before the next try.\n"
      )
    })
  )

  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129]
  ] as const) {
    it.scoped(`${signal} ends a request under way, with ${exitCode}`, () =>
      Effect.gen(function* () {
        const cli = yield* Cli
        const emulator = yield* emulatorOnSocket
        yield* emulator.fault(Fault.hang)
        const { child, ended } = yield* cli.start(["token"], { env: standardVariables(emulator) })
        yield* Effect.repeat(Effect.delay(emulator.tokenRequests, "20 millis"), {
          until: (requests) => requests.length > 0
        })
        child.kill(signal)
        const { code, stderr, stdout } = yield* ended
        assert.strictEqual(code, exitCode)
        assert.strictEqual(stdout + stderr, "")
      })
    )
  }
})
