import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { wrongArgument } from "../../src/internal/cli/arguments.js"
import { choiceFlag, dotenvFlag, quietFlag, repeatedFlag } from "../../src/internal/cli/flags.js"
import { Cli } from "./commandLine.js"

const flags = {
  dotenv: dotenvFlag,
  quiet: quietFlag,
  format: choiceFlag("format", ["text", "json"], ""),
  fault: repeatedFlag("fault", "NAME", "")
}

describe("arguments", () => {
  const wrong = (...given: ReadonlyArray<string>) => wrongArgument("check", flags, given)

  it("takes flags with their values, in both spellings, and those that repeat", () => {
    assert.isUndefined(wrong("--dotenv", "a", "--quiet", "--format=json", "--fault", "a", "--fault=b"))
    assert.isUndefined(wrong("--dotenv", "-"))
  })

  it.each([
    [["--formt", "json"], "check has no flag --formt. Did you mean --format?"],
    [["-x"], "check has no flag -x."],
    [["--env-file", "a"], "check has no flag --env-file. Did you mean --dotenv?"],
    [["--dotenv"], "--dotenv needs a value: --dotenv FILE."],
    [["--dotenv="], "--dotenv needs a value: --dotenv FILE."],
    [["--dotenv", "--quiet"], "--dotenv needs a value: --dotenv FILE."],
    [["--quiet=yes"], "--quiet takes no value."],
    [["--quiet", "--quiet"], "--quiet is given twice."],
    [["--format", "yaml"], "--format is one of text, json."],
    [["file.env"], "check takes no arguments, only flags."]
  ])("names what is wrong with %j", (given, sentence) => {
    assert.strictEqual(wrong(...given), sentence)
  })

  it.each([
    [["--client-secret=CANARY"]],
    [["--client-secret", "CANARY"]],
    [["--subscription-key", "CANARY"]],
    [["CANARY"]],
    [["--CANARY"]],
    [["--format=CANARY"]],
    [["--quiet=CANARY"]]
  ])("never repeats a value: %j", (given) => {
    const sentence = wrong(...given) ?? ""
    assert.notStrictEqual(sentence, "")
    assert.notInclude(sentence, "CANARY")
  })
})

layer(Cli.layer, { excludeTestServices: true })("the command line", (it) => {
  it.effect("wrong usage exits with 2, the sentence and the usage of that command on standard error", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      for (const [args, sentence, usage] of [
        [[], "Usage: effect-vipps-token COMMAND", "Commands:"],
        [["tokn"], "There is no such command.\nDid you mean token?", "Usage: effect-vipps-token COMMAND"],
        [["--quiet", "token"], "The first argument must be a command.", "Usage: effect-vipps-token COMMAND"],
        [["token", "--port", "1"], "token has no flag --port.", "Usage: effect-vipps-token token"],
        [["token", "--timeout", "soon"], "--timeout must be a duration", "Usage: effect-vipps-token token"],
        [["check", "--offline", "--other-environment"], "choose one of them", "Usage: effect-vipps-token check"],
        [["check", "--prefix", "SHOP-A"], "--prefix must be what stands before", "Usage: effect-vipps-token check"],
        [["token", "--prefix", "A", "--keys", "-"], "choose one of them", "Usage: effect-vipps-token token"],
        [["check", "--", "ls"], "check runs no command after --.", "Usage: effect-vipps-token check"],
        [["emulator", "--"], "After -- there must be a command.", "Usage: effect-vipps-token emulator"],
        [["emulator", "echo", "hi"], "To run a command, put -- before it.", "Usage: effect-vipps-token emulator"],
        [["emulator", "--port", "80800"], "--port must be a number", "Usage: effect-vipps-token emulator"],
        [["emulator", "--fault", "rateLimitd"], "Did you mean rateLimited?", "Usage: effect-vipps-token emulator"],
        [["emulator", "--fault", "hang:0"], "NAME:always, as in hang:3", "Usage: effect-vipps-token emulator"],
        [["emulator", "--public-url", "vipps:8787"], "--public-url must be", "Usage: effect-vipps-token emulator"],
        [["emulator", "--lifetime", "-1s"], "--lifetime needs a value", "Usage: effect-vipps-token emulator"],
        [["--completions", "tcsh"], "--completions needs a shell", "Usage: effect-vipps-token COMMAND"],
        [["token", "--wizard"], "token has no flag --wizard.", "Usage: effect-vipps-token token"]
      ] as const) {
        const { code, stderr, stdout } = yield* cli.run(args)
        assert.strictEqual(code, 2, args.join(" "))
        assert.strictEqual(stdout, "", args.join(" "))
        assert.include(stderr, sentence)
        assert.include(stderr, usage)
      }
    })
  )

  it.effect("--help and --version go to standard output, without colour where there is no terminal", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
      for (const [args, said] of [
        [["--help"], "Commands:"],
        [["-h"], "Commands:"],
        [["token", "--format", "json", "--help"], "--format token|header|json"],
        [["check", "-h"], "--other-environment"],
        [["emulator", "--help"], "rateLimited"],
        [["--version"], version],
        [["check", "--version"], version]
      ] as const) {
        const { code, stderr, stdout } = yield* cli.run(args)
        assert.strictEqual(code, 0)
        assert.strictEqual(stderr, "")
        assert.include(stdout, said)
        assert.notInclude(stdout, "\u001b")
        for (const line of stdout.split("\n")) assert.isAtMost(line.length, 130, line)
      }
    })
  )

  it.effect("--completions prints a script that the shell can read", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const { code, stdout } = yield* cli.run(["--completions", "bash"])
      assert.strictEqual(code, 0)
      assert.include(stdout, "--dotenv")
      execFileSync("bash", ["-n"], { input: stdout })
      for (const args of [
        ["--completions", "zsh"],
        ["token", "--completions", "fish"]
      ]) {
        assert.include((yield* cli.run(args)).stdout, "effect-vipps-token")
      }
    })
  )

  it.effect("an unreadable file is one sentence, and exits with 2", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      for (const args of [
        ["token", "--keys", "/nowhere"],
        ["check", "--keys", "/"],
        ["emulator", "--keys", "/nowhere"]
      ]) {
        const { code, stderr } = yield* cli.run(args)
        assert.strictEqual(code, 2)
        assert.match(stderr, /^--keys \/\w* cannot be read: .*\.\n$/)
      }
    })
  )

  it.effect("--dotenv is read by this program, and not by Node, as --env-file would be", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      assert.deepStrictEqual(yield* cli.spawn(["check", "--dotenv", "/nope"]), {
        code: 2,
        stdout: "",
        stderr: "--dotenv /nope cannot be read: there is no such file.\n"
      })
    })
  )

  it.effect("a file of keys that is none names its lines and members, and exits with 3", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      for (const [text, sentence] of [
        ["VIPPS_CLIENT_ID=a\nCANARY\nVIPPS_CLIENT_SECRET='b", "Line 2 of"],
        ["VIPPS_CLIENT_ID=a\nVIPPS_CLIENT_SECRET='CANARY", "Line 2 of"],
        ['{ "clientId": "CANARY"', "is not valid JSON."],
        ['["CANARY"]', "must be a JSON object."],
        ['{ "clientId": 1 }', "clientId in"],
        ['{ "id": "CANARY" }', "Unknown member id in "],
        ['{ "CANARY-0123456789": "x" }', "Unknown member in "],
        ["", "holds no keys."],
        ["CANARY\n".repeat(9), "Line 5 of"],
        ["CANARY\n".repeat(9), "So are 4 more lines."]
      ] as const) {
        const { code, stderr } = yield* cli.run(["token", "--keys", cli.write("keys", text)])
        assert.strictEqual(code, 3)
        assert.include(stderr, sentence)
        assert.notInclude(stderr, "CANARY")
      }
    })
  )

  it.effect("a standard output that is full or closed is one sentence, and exits with 74", () =>
    Effect.gen(function* () {
      const file = yield* (yield* Cli).file
      for (const script of [`"$0" "$1" --help > /dev/full`, `{ "$0" "$1" --help; echo "code $?" >&2; } | true`]) {
        const said = execFileSync("bash", [
          "-c",
          `(${script}) 2>&1 || echo "code $?"`,
          process.execPath,
          file
        ]).toString()
        assert.match(said, /^Standard output cannot be written \((ENOSPC|EPIPE)\): .*\.\ncode 74\n$/)
      }
    })
  )
})
