/** Secrets through every command, flag, format, failure and crash: shown nowhere but by `token` on standard output. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { defectLines } from "../../src/internal/cli/defect.js"
import { canaries, canariesIn } from "../fixtures/canaries.js"
import { answerJson, type Handler, httpServer } from "../fixtures/httpServer.js"
import { Cli, type Ended, type RunOptions } from "./commandLine.js"

const standard = {
  VIPPS_CLIENT_ID: canaries.clientId,
  VIPPS_CLIENT_SECRET: canaries.clientSecret,
  VIPPS_SUBSCRIPTION_KEY: canaries.subscriptionKey
}

const specialized = {
  VIPPS_SPECIALIZED_CLIENT_ID: canaries.clientId,
  VIPPS_SPECIALIZED_CLIENT_SECRET: canaries.clientSecret
}

const silent = (name: string, { stderr, stdout }: Ended) => {
  assert.deepStrictEqual(canariesIn(stdout + stderr), [], name)
}

const grant: Handler = answerJson({ token_type: "Bearer", expires_in: 900, access_token: canaries.token })

/** Repeats whatever it was sent, in every place that an answer has. */
const echo =
  (status: number): Handler =>
  (response, request) => {
    const sent = JSON.stringify(request.headers) + request.body
    answerJson(
      {
        error: "invalid_client",
        error_description: `Refused: ${sent}`,
        detail_of_ours: canaries.body,
        trace_id: canaries.clientSecret,
        correlation_id: canaries.subscriptionKey,
        access_token: canaries.token,
        expires_in: sent,
        message: sent
      },
      status,
      { "x-echo": encodeURIComponent(sent), "www-authenticate": `Basic realm="${encodeURIComponent(sent)}"` }
    )(response, request)
  }

const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ...["token", "header", "json", "env", "dotenv", "fish", "powershell"].map((format) => ["token", "--format", format]),
  ["token", "--quiet"],
  ["check"],
  ["check", "--format", "json"],
  ["check", "--quiet"],
  ["check", "--offline"],
  ["check", "--other-environment"]
]

layer(Cli.layer, { excludeTestServices: true })("canaries", (it) => {
  it.scoped("a token is shown by token alone, on standard output alone, and never a key", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { url } = yield* httpServer(grant)
      for (const args of commands) {
        for (const [flow, env] of Object.entries({ standard, specialized })) {
          const name = `${args.join(" ")} ${flow}`
          const ended = yield* cli.run(args, { env: { ...env, VIPPS_ENVIRONMENT: url } })
          assert.strictEqual(ended.code, 0, name)
          if (args[0] !== "token") {
            silent(name, ended)
            continue
          }
          silent(name, { ...ended, stdout: ended.stdout.replace(canaries.token, "") })
          assert.include(ended.stdout, canaries.token)
        }
      }
    })
  )

  for (const status of [200, 302, 400, 401, 403, 404, 429, 500]) {
    it.scoped(`a server that repeats everything with ${status}`, () =>
      Effect.gen(function* () {
        const cli = yield* Cli
        const { url } = yield* httpServer(echo(status))
        for (const args of commands) {
          for (const env of [standard, specialized]) {
            const ended = yield* cli.run(args, { env: { ...env, VIPPS_ENVIRONMENT: url } })
            silent(args.join(" "), ended)
          }
        }
      })
    )
  }

  it.effect("malformed keys, files and arguments", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { clientId, clientSecret, subscriptionKey } = canaries
      const secrets = `${clientSecret} ${subscriptionKey}`
      const runs: ReadonlyArray<readonly [ReadonlyArray<string>, RunOptions?]> = [
        ...Object.keys(standard).flatMap((name) =>
          [`"${secrets}"`, `<${secrets}>`, `${secrets}\n`, `é${secrets}`, `VIPPS_CLIENT_SECRET=${secrets}`].map(
            (value) => [["check"], { env: { ...standard, [name]: value, VIPPS_ENVIRONMENT: "test" } }] as const
          )
        ),
        // Keys in each other's variables.
        [["token"], { env: { ...standard, VIPPS_CLIENT_ID: clientSecret, VIPPS_CLIENT_SECRET: clientId } }],
        [["check", "--offline"], { env: { ...standard, VIPPS_MERCHANT_SERIAL_NUMBER: clientSecret } }],
        [["check", "--offline"], { env: { ...standard, VIPPS_SYSTEM_NAME: secrets, VIPPS_ENVIRONMENT: secrets } }],
        [["token"], { env: { ...standard, VIPPS_ENVIRONMENT: `https://user:${subscriptionKey}@vipps.example` } }],
        [["check"], { env: { ...standard, VIPPS_ENVIRONMENT: `https://vipps.example/?${subscriptionKey}` } }],
        [["token", "--environment", `http://vipps.example/${subscriptionKey}`], { env: standard }],
        // Files and standard input.
        [["token", "--keys", cli.write("a", `CLIENT\n${secrets}\n`)]],
        [["emulator", "--keys", cli.write("b", `{ "clientId": "${clientId}", "${subscriptionKey}": 1 }`)]],
        [["check", "--keys", "-"], { stdin: `{ "clientSecret": "${clientSecret}" ` }],
        [["check", "--keys", "-", "--environment", "nowhere"], { stdin: JSON.stringify(standard) }],
        // Arguments, where they should never be.
        [["token", `--client-secret=${clientSecret}`]],
        [["token", "--client-secret", clientSecret]],
        [["token", clientSecret]],
        [[clientSecret]],
        [[`--${clientSecret}`]],
        [["token", "--timeout", clientSecret]],
        [["token", "--format", clientSecret]],
        [["check", "--flow", clientSecret]],
        [["emulator", "--port", clientSecret]],
        [["emulator", "--fault", subscriptionKey]],
        [["emulator", "--public-url", clientSecret]],
        [["emulator", "--host", `${clientSecret} `]],
        [["--completions", clientSecret]]
      ]
      for (const [args, options] of runs) {
        const ended = yield* cli.run(args, options)
        assert.notStrictEqual(ended.code, 0, args.join(" "))
        silent(args.join(" "), ended)
      }
    })
  )

  it.effect("a crash of the client below, whatever it holds", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const secrets = Object.values(canaries).join(" ")
      const crashes: ReadonlyArray<(request: unknown) => Effect.Effect<never, HttpClientError.HttpClientError>> = [
        () => Effect.die(new Error(`${secrets}\n    at ${secrets}`)),
        () => Effect.die(secrets),
        () => Effect.die({ headers: standard, message: secrets, code: canaries.subscriptionKey }),
        () => Effect.die(Object.assign(new TypeError(secrets), { name: canaries.clientSecret, code: secrets })),
        (request) => Effect.die(request),
        () =>
          Effect.zipRight(
            Effect.sync((): unknown => JSON.parse(secrets)),
            Effect.never
          )
      ]
      for (const crash of crashes) {
        const client = Layer.succeed(HttpClient.HttpClient, HttpClient.make(crash))
        for (const args of commands) {
          const ended = yield* cli.run(args, { client, env: { ...standard, VIPPS_ENVIRONMENT: "test" } })
          silent(args.join(" "), ended)
          // A flow takes a crash of its client for passing trouble; elsewhere it is a defect.
          if (!args.includes("--offline")) assert.strictEqual(ended.code, args[0] === "token" ? 75 : 1, args.join(" "))
        }
      }
    })
  )

  it("a defect is told by its kind and its places in files", () => {
    const crash = new RangeError(
      `${Object.values(canaries).join(" ")}\n    at ${canaries.token} (${canaries.clientSecret})`
    )
    const told = defectLines(crash).join("\n")
    assert.deepStrictEqual(canariesIn(told), [])
    assert.include(told, "RangeError")
    assert.match(told, /\n\s+at .*canaries\.test\.ts:\d+:\d+/)
    assert.deepStrictEqual(canariesIn(defectLines(canaries.token).join("\n")), [])
  })

  it.effect("a failure of the client below that repeats the request", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const client = Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.fail(
            new HttpClientError.RequestError({
              request,
              reason: "Transport",
              description: JSON.stringify(request.headers),
              cause: Object.assign(new Error(JSON.stringify(standard)), { code: "ECONNRESET" })
            })
          )
        )
      )
      for (const args of commands) {
        silent(args.join(" "), yield* cli.run(args, { client, env: { ...standard, VIPPS_ENVIRONMENT: "test" } }))
      }
    })
  )

  it.scoped("the emulator shows no key that a user gave, and a command's environment has only the emulator's", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const file = cli.write(
        "keys.json",
        JSON.stringify({
          ...standard,
          specialized: { clientId: canaries.clientId, clientSecret: canaries.clientSecret }
        })
      )
      const env = { ...standard, ...specialized, VIPPS_SPECIALIZED_SCOPE: canaries.clientSecret }
      silent("emulator -- env", yield* cli.spawn(["emulator", "--keys", file, "--", "env"], { env }))
      const { child, ended, says } = yield* cli.start(["emulator", "--port", "0", "--keys", file, "--log", "json"], {
        env
      })
      yield* says("Ready.")
      child.kill("SIGTERM")
      silent("emulator", yield* ended)
    })
  )
})
