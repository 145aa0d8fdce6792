/** The examples for other languages, as their own first lines say that they are run. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Cli, emulatorOnSocket, standardVariables } from "./commandLine.js"

const example = (name: string) => fileURLToPath(new URL(`../../examples/commandLine/${name}`, import.meta.url))

layer(Cli.layer, { excludeTestServices: true })("examples of the command line", (it) => {
  it.effect("keys-work.sh checks the keys and asks for a payment by curl", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const env = { VIPPS_CLI: `${process.execPath} ${yield* cli.file}` }
      const { code, stderr, stdout } = yield* cli.spawn(["emulator", "--", "sh", example("keys-work.sh")], { env })
      assert.strictEqual(code, 0, stderr)
      assert.include(stdout, "GET /epayment/v1/payments/order-1001: 200")

      const run = `unset VIPPS_MERCHANT_SERIAL_NUMBER; sh "${example("keys-work.sh")}" order-0`
      const elsewhere = yield* cli.spawn(["emulator", "--", "sh", "-c", run], { env })
      assert.strictEqual(elsewhere.code, 0, elsewhere.stderr)
      assert.include(elsewhere.stdout, "order-0: 404\nThe keys work. There is no payment order-0 here")

      const refused = ["emulator", "--fault", "invalidClient", "--", "sh", example("keys-work.sh")]
      const ended = yield* cli.spawn(refused, { env })
      assert.strictEqual(ended.code, 4)
      assert.include(ended.stdout, "VIPPS_CLIENT_SECRET is refused")
      assert.notInclude(ended.stdout, "GET /epayment")
    })
  )

  it.effect("test_called_once.py finds a token for each call, and none where one token serves all", () =>
    Effect.gen(function* () {
      const cli = yield* Cli
      const python = ["python3", "-B", example("test_called_once.py")]
      const { code, stderr } = yield* cli.spawn(["emulator", "--quiet", "--", ...python])
      assert.strictEqual(code, 0, stderr)
      assert.include(stderr, "Ran 2 tests")
    })
  )

  it.scoped("compose.yaml gives the application the emulator's own keys", () =>
    Effect.gen(function* () {
      const compose = readFileSync(example("compose.yaml"), "utf8")
      const { VIPPS_ENVIRONMENT: _, ...keys } = standardVariables(yield* emulatorOnSocket)
      for (const [name, value] of Object.entries(keys)) {
        assert.include(compose.replaceAll('"', ""), `${name}: ${value}\n`)
      }
    })
  )
})
