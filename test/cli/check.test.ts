/** Each finding of `check` against a server, with exactly the mistake that it is about. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { StandardCredentials } from "effect-vipps-token"
import { Fault } from "effect-vipps-token/testing"
import { networkProblem } from "../../src/internal/cli/check/networkProblem.js"
import { answerJson, closedPort, httpServer } from "../fixtures/httpServer.js"
import { selfSigned, tlsServer } from "./certificates.js"
import { Cli, emulatorOnSocket, type RunOptions, specializedVariables, standardVariables } from "./commandLine.js"

interface Reported {
  readonly ok: boolean
  readonly checks: ReadonlyArray<{
    readonly id: string
    readonly outcome: string
    readonly message: string
    readonly next: string | null
  }>
}

const check = (env: Record<string, string>, args: ReadonlyArray<string> = [], options: RunOptions = {}) =>
  Effect.gen(function* () {
    const cli = yield* Cli
    const { code, stderr, stdout } = yield* cli.run(["check", "--format", "json", ...args], { ...options, env })
    assert.strictEqual(stderr, "")
    const reported: Reported = JSON.parse(stdout)
    assert.strictEqual(reported.ok, code === 0)
    const step = (id: string) => {
      const found = reported.checks.find((check) => check.id === id)
      assert.isDefined(found, `${id} in ${stdout}`)
      return found
    }
    return { code, reported, step, outcomes: reported.checks.map(({ id, outcome }) => `${id} ${outcome}`) }
  })

layer(Cli.layer, { excludeTestServices: true })("check", (it) => {
  it.scoped("keys of both flows that work: one token request each, and no token in the report", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      const { code, outcomes, reported } = yield* check({
        ...standardVariables(emulator),
        ...specializedVariables(emulator)
      })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(outcomes, [
        "variables ok",
        "reach ok",
        "clock ok",
        "standard.token ok",
        "specialized.token ok"
      ])
      assert.lengthOf(yield* emulator.tokenRequests, 2)
      assert.notInclude(JSON.stringify(reported), "eyJ")
      // The step before a token request carries no key.
      const [first] = yield* emulator.requests
      assert.strictEqual(first?.method, "HEAD")
      assert.isUndefined(first?.headers.client_id)
    })
  )

  it.scoped("as text: an outcome, a sentence, and the next step below it; --quiet leaves out what is right", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      const env = { ...standardVariables(emulator), VIPPS_CLIENT_SECRET: "wrong" }
      const { code, stdout } = yield* cli.run(["check"], { env })
      assert.strictEqual(code, 4)
      assert.match(
        stdout,
        /^ok {7}The variables are set and well formed: standard e3b0c442…, merchant serial number 123456\.\n/
      )
      assert.match(stdout, /\nfail {5}VIPPS_CLIENT_SECRET is refused by .*\n {9}→ The secret does not belong/)
      const quiet = yield* cli.run(["check", "--quiet"], { env })
      assert.match(quiet.stdout, /^fail .*\n.*→.*\n$/)
      const fine = yield* cli.run(["check", "--quiet"], { env: standardVariables(emulator) })
      assert.deepStrictEqual([fine.code, fine.stdout, fine.stderr], [0, "", ""])
    })
  )

  it.scoped("a wrong secret, a wrong client id, a wrong subscription key: each variable by its name", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      for (const [name, value, next] of [
        ["VIPPS_CLIENT_SECRET", "bm90IHRoZSBzZWNyZXQ=", "regenerated"],
        ["VIPPS_CLIENT_ID", "11111111-2222-4333-8444-555555555555", "keys and environment match"],
        ["VIPPS_SUBSCRIPTION_KEY", "0123456789abcdef0123456789abcdef", "same sales unit"]
      ] as const) {
        const { code, step } = yield* check({ ...standardVariables(emulator), [name]: value })
        assert.strictEqual(code, 4)
        assert.match(step("standard.token").message, new RegExp(`^${name} is refused by http`))
        assert.include(step("standard.token").next, next)
        assert.notInclude(JSON.stringify(step("standard.token")), value)
      }
    })
  )

  it.scoped("keys of two sales units, mixed", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      const { code, step } = yield* check({
        ...standardVariables(emulator),
        VIPPS_CLIENT_SECRET: Redacted.value(emulator.credentials.partner.clientSecret)
      })
      assert.strictEqual(code, 4)
      assert.include(step("standard.token").message, "VIPPS_CLIENT_SECRET is refused")
    })
  )

  it.scoped("keys of the specialized flow in the standard variables: told by the other endpoint", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      const { VIPPS_SPECIALIZED_CLIENT_ID: id = "", VIPPS_SPECIALIZED_CLIENT_SECRET: secret = "" } =
        specializedVariables(emulator)
      const wrong = { ...standardVariables(emulator), VIPPS_CLIENT_ID: id, VIPPS_CLIENT_SECRET: secret }
      const { code, step } = yield* check(wrong)
      assert.strictEqual(code, 4)
      assert.include(step("standard.token").next, "Set them as VIPPS_SPECIALIZED_CLIENT_ID")

      // Without a subscription key nothing needs to be sent to see it.
      yield* emulator.clearRequests
      const without = yield* check({ ...wrong, VIPPS_SUBSCRIPTION_KEY: "" })
      assert.strictEqual(without.code, 3)
      assert.include(without.step("variables.VIPPS_SUBSCRIPTION_KEY").next, "VIPPS_SPECIALIZED_CLIENT_ID")
      assert.isEmpty(yield* emulator.tokenRequests)
    })
  )

  it.scoped("refused specialized keys name both variables", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      const { code, step } = yield* check({
        ...specializedVariables(emulator),
        VIPPS_SPECIALIZED_CLIENT_SECRET: "d3Jvbmc="
      })
      assert.strictEqual(code, 4)
      assert.include(
        step("specialized.token").message,
        "VIPPS_SPECIALIZED_CLIENT_ID or VIPPS_SPECIALIZED_CLIENT_SECRET"
      )
    })
  )

  it.scoped("variables in quotes, placeholders and swapped keys: nothing is sent, all are named, exit code 3", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      const keys = standardVariables(emulator)
      const { code, outcomes, step } = yield* check({
        ...keys,
        VIPPS_CLIENT_ID: keys.VIPPS_CLIENT_SECRET ?? "",
        VIPPS_CLIENT_SECRET: keys.VIPPS_CLIENT_ID ?? "",
        VIPPS_SUBSCRIPTION_KEY: "$VIPPS_SUBSCRIPTION_KEY",
        VIPPS_MERCHANT_SERIAL_NUMBER: '"123456"'
      })
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(outcomes, [
        "variables.VIPPS_CLIENT_ID fail",
        "variables.VIPPS_CLIENT_SECRET fail",
        "variables.VIPPS_SUBSCRIPTION_KEY fail",
        "variables.VIPPS_MERCHANT_SERIAL_NUMBER fail",
        "reach ok",
        "clock ok",
        "standard.token skipped"
      ])
      assert.include(step("variables.VIPPS_CLIENT_ID").next, "The client id and the client secret seem to be swapped.")
      assert.isEmpty(yield* emulator.tokenRequests)
    })
  )

  it.scoped("one flow that is wrong does not hide the other", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      const { outcomes } = yield* check({
        ...standardVariables(emulator),
        ...specializedVariables(emulator),
        VIPPS_CLIENT_SECRET: "undefined"
      })
      assert.include(outcomes, "standard.token skipped")
      assert.include(outcomes, "specialized.token ok")
    })
  )

  it.scoped("--offline and --flow leave out what they say", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      const env = { ...standardVariables(emulator), ...specializedVariables(emulator) }
      const offline = yield* check(env, ["--offline"])
      assert.deepStrictEqual(offline.outcomes, [
        "variables ok",
        "reach skipped",
        "clock skipped",
        "standard.token skipped",
        "specialized.token skipped"
      ])
      assert.isEmpty(yield* emulator.requests)
      const one = yield* check({ ...env, VIPPS_CLIENT_SECRET: "undefined" }, ["--flow", "specialized"])
      assert.strictEqual(one.code, 0)
    })
  )

  it.effect("without an environment or keys: both at once, and nothing is asked", () =>
    Effect.gen(function* () {
      const { code, outcomes } = yield* check({})
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(outcomes, [
        "variables.VIPPS_ENVIRONMENT fail",
        "variables fail",
        "reach skipped",
        "clock skipped"
      ])
    })
  )

  it.scoped("--prefix reads the names of Config.nested, keys with it alone, and messages name them", () =>
    Effect.gen(function* () {
      const emulator = yield* emulatorOnSocket
      const { VIPPS_ENVIRONMENT = "", ...keys } = standardVariables(emulator)
      const shop = Object.fromEntries(Object.entries(keys).map(([name, value]) => [`SHOP_A_${name}`, value]))
      const env = { VIPPS_ENVIRONMENT, ...shop, VIPPS_CLIENT_SECRET: "of another shop" }
      const right = yield* check(env, ["--prefix", "SHOP_A"])
      assert.strictEqual(right.code, 0)
      const cli = yield* Cli
      assert.strictEqual((yield* cli.spawn(["token", "--prefix", "SHOP_A"], { env })).code, 0)
      const file = cli.write(
        "shops.env",
        Object.entries(shop)
          .flatMap((pair) => `${pair.join("=")}\n`)
          .join("")
      )
      const own = { SHOP_A_VIPPS_ENVIRONMENT: VIPPS_ENVIRONMENT, VIPPS_ENVIRONMENT: "production" }
      assert.strictEqual((yield* check(own, ["--prefix", "SHOP_A", "--dotenv", file])).code, 0)

      const wrong = yield* check({ ...env, SHOP_A_VIPPS_CLIENT_SECRET: "d3Jvbmc=" }, ["--prefix", "SHOP_A"])
      assert.match(wrong.step("standard.token").message, /^SHOP_A_VIPPS_CLIENT_SECRET is refused/)
      const misnamed = yield* check({ ...env, SHOP_A_VIPPS_ENVIRONMENT: "PROD" }, ["--prefix", "SHOP_A"])
      assert.match(misnamed.step("variables.VIPPS_ENVIRONMENT").message, /^SHOP_A_VIPPS_ENVIRONMENT must be test/)
      const missing = yield* check({ ...env, SHOP_A_VIPPS_SUBSCRIPTION_KEY: "" }, ["--prefix", "SHOP_A"])
      assert.strictEqual(
        missing.step("variables.VIPPS_SUBSCRIPTION_KEY").message,
        "SHOP_A_VIPPS_SUBSCRIPTION_KEY is missing."
      )
      assert.include(missing.step("variables.VIPPS_SUBSCRIPTION_KEY").next, "SHOP_A_VIPPS_SPECIALIZED_CLIENT_ID")
    })
  )

  it.effect("without keys, but with those of a prefix: the flag that reads them", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const env = { SHOP_A_VIPPS_CLIENT_ID: "a", SHOP_B_VIPPS_SPECIALIZED_CLIENT_ID: "b" }
      const hints =
        "SHOP_A_VIPPS_CLIENT_ID is set: use --prefix SHOP_A. " +
        "SHOP_B_VIPPS_SPECIALIZED_CLIENT_ID is set: use --prefix SHOP_B."
      for (const run of [cli.run, cli.spawn]) {
        assert.include((yield* run(["check", "--environment", "test"], { env })).stdout, hints)
        assert.include((yield* run(["token", "--environment", "test"], { env })).stderr, hints)
      }
      const other = yield* cli.run(["token", "--environment", "test", "--prefix", "SHOP_C"], { env })
      assert.include(other.stderr, "use --prefix SHOP_A")
      assert.include(other.stderr, "Set SHOP_C_VIPPS_CLIENT_ID, SHOP_C_VIPPS_CLIENT_SECRET and")
    })
  )

  it.effect("a wrong --environment is called so, also where it cannot be reached", () =>
    Effect.gen(function* () {
      const { step } = yield* check({}, ["--environment", "prod"])
      assert.deepInclude(step("variables.VIPPS_ENVIRONMENT"), {
        message: "--environment must be test, production or a URL.",
        next: "Did you mean production?"
      })
      const unreached = yield* check({}, ["--environment", `http://127.0.0.1:${yield* closedPort}`])
      assert.include(unreached.step("reach").next, "Check host and port of --environment")
    })
  )

  it.scoped("--keys: members are named as in JSON, and what is missing is added to the file", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { clientId, subscriptionKey } = {
        clientId: crypto.randomUUID(),
        subscriptionKey: "9a1f00c47d2e4b6fa8c3d5e7f9012b4d"
      }
      const bad = cli.write("bad.json", JSON.stringify({ clientId, subscriptionKey }))
      const { step } = yield* check({}, ["--environment", "test", "--offline", "--keys", bad])
      assert.deepInclude(step("variables.VIPPS_CLIENT_SECRET"), {
        message: "clientSecret is missing.",
        next: `Add it to ${bad}.`
      })
      const empty = yield* check({}, ["--environment", "test", "--offline", "--keys", cli.write("empty.json", "{}")])
      assert.match(empty.step("variables").message, /empty\.json holds no keys\.$/)
      assert.match(empty.step("variables").next ?? "", /^Set clientId, .*specialized\.clientSecret: in .*empty\.json\./)
      const lines = cli.write("bad.env", `VIPPS_CLIENT_ID=${clientId}\nVIPPS_SUBSCRIPTION_KEY=${subscriptionKey}\n`)
      const dotenv = yield* check({}, ["--environment", "test", "--offline", "--keys", lines])
      assert.strictEqual(dotenv.step("variables.VIPPS_CLIENT_SECRET").message, "VIPPS_CLIENT_SECRET is missing.")
    })
  )

  it.scoped("--keys with an array: of one set it is that set, of more it says so", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const emulator = yield* emulatorOnSocket
      const { VIPPS_ENVIRONMENT = "", ...keys } = standardVariables(emulator)
      const one = cli.write("one.json", JSON.stringify([keys]))
      assert.strictEqual((yield* check({ VIPPS_ENVIRONMENT }, ["--keys", one])).code, 0)
      for (const [sets, said] of [
        [[keys, keys], "holds 2 sets of keys, and this command takes one. Give it one, as jq '.[0]' does."],
        [[], "holds no keys."]
      ] as const) {
        const { code, stderr } = yield* cli.run(["check", "--keys", cli.write("sets.json", JSON.stringify(sets))])
        assert.strictEqual(code, 3)
        assert.include(stderr, said)
      }
    })
  )

  it.scoped("keys of the other environment: --other-environment says so", () =>
    Effect.gen(function* () {
      const [test, production] = [yield* emulatorOnSocket, yield* emulatorOnSocket]
      const own: Record<string, string> = {
        ...standardVariables(production),
        VIPPS_SUBSCRIPTION_KEY: "c0ffee00c0ffee00c0ffee00c0ffee00"
      }
      yield* production.refuse(production.credentials.standard)
      yield* production.accept(
        StandardCredentials.make({
          clientId: own.VIPPS_CLIENT_ID ?? "",
          clientSecret: Redacted.make(own.VIPPS_CLIENT_SECRET ?? ""),
          subscriptionKey: Redacted.make(own.VIPPS_SUBSCRIPTION_KEY ?? "")
        })
      )
      const client = routed({
        "https://apitest.vipps.no": test.baseUrl.origin,
        "https://api.vipps.no": production.baseUrl.origin
      })
      const wrong = yield* check({ ...own, VIPPS_ENVIRONMENT: "test" }, ["--other-environment"], { client })
      assert.strictEqual(wrong.code, 4)
      assert.include(wrong.step("standard.token").message, "VIPPS_SUBSCRIPTION_KEY is refused by test")
      assert.strictEqual(wrong.step("standard.otherEnvironment").outcome, "warn")
      assert.include(wrong.step("standard.otherEnvironment").next, "Set VIPPS_ENVIRONMENT=production")

      const right = yield* check({ ...own, VIPPS_ENVIRONMENT: "production" }, ["--other-environment"], { client })
      assert.strictEqual(right.code, 0)
      assert.include(right.step("standard.otherEnvironment").message, "Test refuses the same keys")

      const custom = yield* check(standardVariables(test), ["--other-environment"])
      assert.strictEqual(custom.step("standard.otherEnvironment").outcome, "skipped")
    })
  )

  for (const [what, fault, exitCode, said] of [
    ["a limited rate", Fault.rateLimited({ retryAfter: "9 seconds" }), 75, "Wait 9s before the next try."],
    ["an outage", Fault.htmlBadGateway, 75, "before the next try."],
    ["no such endpoint", Fault.notFound, 5, "check the base URL and the path"]
  ] as const) {
    it.scoped(`${what} exits with ${exitCode}`, () =>
      Effect.gen(function* () {
        const emulator = yield* emulatorOnSocket
        yield* emulator.fault(fault)
        const { code, step } = yield* check(standardVariables(emulator))
        assert.strictEqual(code, exitCode)
        assert.include(step("standard.token").next, said)
      })
    )
  }

  for (const [direction, millis] of [
    ["ahead of", -3_600_000],
    ["behind", 3_600_000]
  ] as const) {
    it.scoped(`a clock that is ${direction} the server's is a warning`, () =>
      Effect.gen(function* () {
        const { url } = yield* httpServer((response, request) =>
          answerJson({ token_type: "Bearer", expires_in: 900, access_token: "a.b.c" }, 200, {
            date: new Date(Date.now() + millis).toUTCString()
          })(response, request)
        )
        const { code, step } = yield* check({
          VIPPS_ENVIRONMENT: url,
          VIPPS_SPECIALIZED_CLIENT_ID: "27ae41e4-649b-4934-8ca4-95991b7852b8",
          VIPPS_SPECIALIZED_CLIENT_SECRET: "c3BlY2lhbGl6ZWQ+c2VjcmV0Pw=="
        })
        assert.strictEqual(code, 0)
        assert.strictEqual(step("clock").outcome, "warn")
        assert.match(step("clock").message, new RegExp(`clock is (59m|1h).* ${direction} the server's`))
      })
    )
  }

  it.effect("a refused connection, a name that does not resolve: told by code, and the keys are not sent", () =>
    Effect.gen(function* () {
      for (const [url, said] of [
        [`http://127.0.0.1:${yield* closedPort}`, /nothing listens there \(ECONNREFUSED\)/],
        ["https://no-such-host.invalid", /^The name no-such-host\.invalid cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)/]
      ] as const) {
        const { code, outcomes, step } = yield* check({
          VIPPS_ENVIRONMENT: url,
          VIPPS_SPECIALIZED_CLIENT_ID: "27ae41e4-649b-4934-8ca4-95991b7852b8",
          VIPPS_SPECIALIZED_CLIENT_SECRET: "c3BlY2lhbGl6ZWQ+c2VjcmV0Pw==",
          HTTPS_PROXY: "http://user:CANARY@proxy.example:3128"
        })
        assert.strictEqual(code, 75)
        assert.match(step("reach").message, said)
        assert.include(step("reach").next, "NODE_USE_ENV_PROXY=1")
        assert.notInclude(step("reach").next, "CANARY")
        assert.deepStrictEqual(outcomes.slice(1), ["reach fail", "clock skipped", "specialized.token skipped"])
      }
    })
  )

  it.scoped("a server that does not answer is given up after --timeout", () =>
    Effect.gen(function* () {
      const { url } = yield* httpServer(() => {})
      const { code, step } = yield* check(
        {
          VIPPS_ENVIRONMENT: url,
          VIPPS_SPECIALIZED_CLIENT_ID: "27ae41e4-649b-4934-8ca4-95991b7852b8",
          VIPPS_SPECIALIZED_CLIENT_SECRET: "c3BlY2lhbGl6ZWQ+c2VjcmV0Pw=="
        },
        ["--timeout", "200ms"]
      )
      assert.strictEqual(code, 75)
      assert.include(step("reach").message, "did not answer in time")
    })
  )

  it.scoped("a certificate that does not verify: its own reason, and nothing is sent", () =>
    Effect.gen(function* () {
      const url = yield* tlsServer(selfSigned())
      const { code, step } = yield* check({
        VIPPS_ENVIRONMENT: url,
        VIPPS_SPECIALIZED_CLIENT_ID: "27ae41e4-649b-4934-8ca4-95991b7852b8",
        VIPPS_SPECIALIZED_CLIENT_SECRET: "c3BlY2lhbGl6ZWQ+c2VjcmV0Pw=="
      })
      assert.strictEqual(code, 5)
      assert.include(step("reach").message, "self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)")
      assert.include(step("reach").next, "NODE_EXTRA_CA_CERTS")
    })
  )

  it.scoped("plain HTTP behind an https: URL", () =>
    Effect.gen(function* () {
      const { url } = yield* httpServer(answerJson({}))
      const { code, step } = yield* check({
        VIPPS_ENVIRONMENT: url.replace("http:", "https:"),
        VIPPS_SPECIALIZED_CLIENT_ID: "27ae41e4-649b-4934-8ca4-95991b7852b8",
        VIPPS_SPECIALIZED_CLIENT_SECRET: "c3BlY2lhbGl6ZWQ+c2VjcmV0Pw=="
      })
      assert.strictEqual(code, 5)
      assert.include(step("reach").message, "does not speak TLS as expected")
    })
  )
})

describe("networkProblem", () => {
  it("has words for every code, known or not", () => {
    for (const code of ["ENOTFOUND", "ECONNRESET", "ESOMETHING", undefined, "toString", "__proto__"]) {
      const { next, what } = networkProblem({ kind: "passing", code })
      assert.match(what("vipps.example:8787"), /^(The name vipps\.example|vipps\.example:8787) [a-z].*[a-z]$/, code)
      assert.match(next, /\.$/)
    }
    const hint = "The certificate is for another host name."
    assert.strictEqual(networkProblem({ kind: "terminal", code: "CERT_HAS_EXPIRED", hint }).next, hint)
  })
})

/** Sends what is for one origin to another, as a name server could. */
const routed = (origins: Readonly<Record<string, string>>): Layer.Layer<HttpClient.HttpClient> =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) =>
      Effect.map(
        Effect.promise(() =>
          fetch(`${origins[url.origin]}${url.pathname}`, { method: request.method, headers: { ...request.headers } })
        ),
        (response) => HttpClientResponse.fromWeb(request, response)
      )
    )
  )
