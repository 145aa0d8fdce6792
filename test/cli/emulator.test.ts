import { execFileSync } from "node:child_process"
import { createServer } from "node:net"
import { assert, layer } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Cli } from "./commandLine.js"

/** The variables that the emulator has told. */
const variablesIn = (stdout: string): Record<string, string> =>
  Object.fromEntries([...stdout.matchAll(/^(VIPPS_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]))

const millisOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.timed(effect), ([duration, value]) => [Duration.toMillis(duration), value] as const)

layer(Cli.layer, { excludeTestServices: true })("emulator", (it) => {
  it.scoped("tells its variables, with Ready. as the last line; they lead token and check to it", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { child, ended, said, says } = yield* cli.start(["emulator", "--port", "0"])
      yield* says("Ready.")
      assert.match(said.stdout, /\n# in a shell: set -a; \(paste these lines\); set \+a\nVIPPS_/)
      assert.match(said.stdout, /\nReady\.\n$/)
      assert.strictEqual(said.stderr, "")
      const env = variablesIn(said.stdout)
      assert.strictEqual((yield* cli.run(["check"], { env })).code, 0)
      // The variables of a file, as they were printed.
      const file = cli.write("emulator.env", said.stdout.replace("Ready.", ""))
      assert.strictEqual((yield* cli.run(["token", "--dotenv", file, "--flow", "standard"])).code, 0)
      // Two tokens in a row, and none of them asked for by a program of the user's.
      const findings = yield* Effect.promise(() => fetch(`${env.VIPPS_ENVIRONMENT}/__emulator/findings`))
      assert.deepStrictEqual(yield* Effect.promise(() => findings.json()), { findings: [] })
      child.kill("SIGTERM")
      const stopped = yield* Effect.timeout(ended, "1 second")
      assert.strictEqual(stopped.code, 143)
      assert.strictEqual(stopped.stderr, "")
    })
  )

  it.scoped("SIGTERM ends it within a second, whatever hangs; SIGINT with 130", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      for (const [signal, code] of [
        ["SIGTERM", 143],
        ["SIGINT", 130]
      ] as const) {
        const { child, ended, said, says } = yield* cli.start(["emulator", "--port=0", "--fault", "hang:always"])
        yield* says("Ready.")
        const env = variablesIn(said.stdout)
        const hanging = yield* Effect.fork(cli.run(["token", "--flow", "standard"], { env }))
        yield* Effect.sleep("300 millis")
        child.kill(signal)
        assert.strictEqual((yield* Effect.timeout(ended, "1 second")).code, code)
        assert.strictEqual((yield* hanging).code, 75)
      }
    })
  )

  it.effect("the end of its terminal ends it by SIGHUP, without a crash", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const script = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b""
while b"Ready." not in said:
    said += os.read(terminal, 65536)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`
      const command = [process.execPath, yield* cli.file, "emulator", "--port", "0"]
      assert.strictEqual(execFileSync("python3", ["-c", script, ...command]).toString(), "-1\n")
    })
  )

  it.effect("a port in use, an address of another machine: one sentence, and exit code 2", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const taken = createServer()
      const port = yield* Effect.async<number>((resume) => {
        taken.listen(0, "127.0.0.1", () => {
          const address = taken.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      })
      const inUse = yield* cli.run(["emulator", "--port", String(port)])
      taken.close()
      assert.deepStrictEqual(inUse, {
        code: 2,
        stdout: "",
        stderr: `Port ${port} of 127.0.0.1 is in use: choose another with --port, or --port 0 for a free one.\n`
      })
      const elsewhere = yield* cli.run(["emulator", "--port", "0", "--host", "192.0.2.1"])
      assert.deepStrictEqual([elsewhere.code, elsewhere.stdout], [2, ""])
      assert.match(elsewhere.stderr, /^--host 192\.0\.2\.1 is not an address of this machine\.\n$/)
    })
  )

  it.effect("--host that means all interfaces is told as such, however it is spelled", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      for (const host of ["0.0.0.0", "0", "::0", "127.0.0.1"]) {
        const { stderr } = yield* cli.run(["emulator", "--port", "0", "--host", host, "--", "true"])
        assert.strictEqual(stderr.includes("on all interfaces of this machine"), host !== "127.0.0.1", host)
      }
    })
  )

  it.scoped("--keys, --lifetime, --fault and --public-url shape it", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const keys = {
        VIPPS_CLIENT_ID: "3c9e4a01-7b52-4f0d-9d6e-8a1b2c3d4e5f",
        VIPPS_CLIENT_SECRET: "q83vEjRWeJCrze8SNFZ4kA==",
        VIPPS_SUBSCRIPTION_KEY: "9a1f00c47d2e4b6fa8c3d5e7f9012b4d"
      }
      const file = cli.write("accepted.json", JSON.stringify(keys))
      const others = cli.write(
        "others.json",
        JSON.stringify([
          { client_id: "another", client_secret: "its-own", subscription_key: "its-key" },
          { specialized: { clientId: "a-third", clientSecret: "of-its-own" } }
        ])
      )
      const { said, says } = yield* cli.start([
        ...[
          "emulator",
          "--port",
          "0",
          "--keys",
          file,
          "--keys",
          others,
          "--lifetime",
          "90s",
          "--fault",
          "rateLimited:2"
        ],
        ...["--public-url", "http://localhost:9"]
      ])
      yield* says("Ready.")
      assert.include(said.stdout, "VIPPS_ENVIRONMENT=http://localhost:9\n")
      assert.notInclude(said.stdout, keys.VIPPS_CLIENT_SECRET)
      const url = /listening at (\S+)/.exec(said.stdout)?.[1] ?? ""
      const ask = cli.run(["token", "--format", "json"], { env: { ...keys, VIPPS_ENVIRONMENT: url } })
      assert.deepStrictEqual([(yield* ask).code, (yield* ask).code], [75, 75])
      const { code, stderr, stdout } = yield* ask
      assert.strictEqual(code, 0, stderr)
      assert.isBelow(JSON.parse(stdout).expires_in, 91)
      const ofArray = { VIPPS_SPECIALIZED_CLIENT_ID: "a-third", VIPPS_SPECIALIZED_CLIENT_SECRET: "of-its-own" }
      assert.strictEqual((yield* cli.run(["token"], { env: { ...ofArray, VIPPS_ENVIRONMENT: url } })).code, 0)
    })
  )

  it.scoped("--log tells each request on standard error, --any-keys accepts any, --no-page has no page", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const env = {
        VIPPS_CLIENT_ID: "3c9e4a01-7b52-4f0d-9d6e-8a1b2c3d4e5f",
        VIPPS_CLIENT_SECRET: "q83vEjRWeJCrze8SNFZ4kA==",
        VIPPS_SUBSCRIPTION_KEY: "9a1f00c47d2e4b6fa8c3d5e7f9012b4d"
      }
      const page = "fetch(process.env.VIPPS_ENVIRONMENT + '/__emulator/').then((answer) => console.log(answer.status))"
      for (const [log, line] of [
        ["pretty", /^\d\d:\d\d:\d\d\.\d{3} {2}POST {2}\/accesstoken\/get {2}200 {2}\d+ ms {2}3c9e4a01/m],
        ["json", /^\{"time":"20[^"]+Z","id":\d+,"method":"POST","path":"\/accesstoken\/get","status":200,/m],
        ["none", /^$/]
      ] as const) {
        const { child, ended, said, says } = yield* cli.start(["emulator", "--port=0", "--any-keys", "--log", log])
        yield* says("Ready.")
        const server = { ...env, VIPPS_ENVIRONMENT: variablesIn(said.stdout).VIPPS_ENVIRONMENT ?? "" }
        assert.strictEqual((yield* cli.run(["token"], { env: server })).code, 0)
        child.kill("SIGTERM")
        const { stderr } = yield* ended
        assert.match(stderr, line)
        assert.notInclude(stderr, env.VIPPS_CLIENT_SECRET)
      }
      for (const [flags, status] of [
        [[], "200\n"],
        [["--no-page"], "404\n"]
      ] as const) {
        const asked = ["emulator", "--quiet", ...flags, "--", process.execPath, "--eval", page]
        assert.strictEqual((yield* cli.spawn(asked)).stdout, status)
      }
    })
  )

  it.effect("every fault that it names can be asked for", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { faultNames, readFault } = yield* Effect.promise(
        () => import("../../src/internal/cli/emulator/faultRequests.js")
      )
      const help = yield* cli.run(["emulator", "--help"])
      for (const name of faultNames) {
        assert.include(help.stdout, name)
        assert.strictEqual(readFault(`${name}:always`)._tag, "Right", name)
      }
    })
  )
})

layer(Cli.layer, { excludeTestServices: true })("emulator -- CMD", (it) => {
  it.effect("runs a command with the variables of a fresh emulator, and ends with its exit code", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const script = `
        const { VIPPS_ENVIRONMENT, VIPPS_CLIENT_ID, VIPPS_CLIENT_SECRET, VIPPS_SUBSCRIPTION_KEY } = process.env
        const answer = await fetch(VIPPS_ENVIRONMENT + "/accesstoken/get", { method: "POST", headers: {
          client_id: VIPPS_CLIENT_ID, client_secret: VIPPS_CLIENT_SECRET, "ocp-apim-subscription-key": VIPPS_SUBSCRIPTION_KEY } })
        console.log(answer.status, process.argv.slice(1).join(" "))
        process.exitCode = 7`
      const { code, stderr, stdout } = yield* cli.spawn(
        [...["emulator", "--", process.execPath, "--input-type=module", "--eval", script], "--", "--version", "token"],
        { env: { VIPPS_CLIENT_SECRET: "somebody's", VIPPS_SPECIALIZED_SCOPE: "somebody's" } }
      )
      assert.strictEqual(code, 7, stderr)
      assert.strictEqual(stdout, "200 --version token\n")
      assert.match(stderr, /^The emulator answers at http:\/\/127\.0\.0\.1:\d+\.\nReady\.\n$/)
    })
  )

  it.effect("inherits standard input, and says nothing of its own with --quiet", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const ended = yield* cli.spawn(["emulator", "--quiet", "--", "cat"], { stdin: "typed" })
      assert.deepStrictEqual(ended, { code: 0, stdout: "typed", stderr: "" })
    })
  )

  it.effect("a command that does not exist, or cannot be run: one sentence, 127 and 126", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const missing = yield* cli.run(["emulator", "--quiet", "--", "no-such-command"])
      assert.deepStrictEqual(missing, { code: 127, stdout: "", stderr: "There is no command no-such-command.\n" })
      const folder = yield* cli.run(["emulator", "--quiet", "--", "/"])
      assert.deepStrictEqual(folder, { code: 126, stdout: "", stderr: "The command / cannot be run (EACCES).\n" })
      const below = yield* cli.run(["emulator", "--quiet", "--", "./package.json/command"])
      assert.deepStrictEqual(below, {
        code: 126,
        stdout: "",
        stderr: "The command ./package.json/command cannot be run (ENOTDIR).\n"
      })
    })
  )

  it.effect("a command that a signal ended: 128 and its number", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      assert.strictEqual((yield* cli.run(["emulator", "--quiet", "--", "sh", "-c", "kill -9 $$"])).code, 137)
    })
  )

  it.scoped("forwards signals; the command decides how it ends", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      for (const signal of ["INT", "TERM", "HUP"] as const) {
        const script = `trap 'exit 9' ${signal}; echo trapped; while :; do sleep 0.05; done`
        const { child, ended, says } = yield* cli.start(["emulator", "--quiet", "--", "sh", "-c", script])
        yield* says("trapped")
        child.kill(`SIG${signal}`)
        assert.strictEqual((yield* ended).code, 9, signal)
      }
    })
  )

  it.scoped("SIGTERM ends a command that ignores it within a second", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const script = "trap '' TERM; echo trapped; while :; do sleep 0.05; done"
      const { child, ended, says } = yield* cli.start(["emulator", "--quiet", "--", "sh", "-c", script])
      yield* says("trapped")
      child.kill("SIGTERM")
      const [millis, { code }] = yield* millisOf(ended)
      assert.strictEqual(code, 143)
      assert.isBelow(millis, 1500, "with a machine that has other things to do")
    })
  )
})
