/** The command line from the packed tarball: by npx in an empty folder, and on each runtime that the README names. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { inject } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import { Application, run } from "./application.js"
import { installRuntimes, runtimes } from "./runtimes.js"

const Machine = Layer.mergeAll(Layer.effectDiscard(installRuntimes), Application.layer([]), NodeContext.layer)

/** Deno runs it as well, with more permissions than a runtime's own test wants. */
const { Deno: _, ...supported } = runtimes

layer(Machine, { excludeTestServices: true })("the command line of the tarball", (it) => {
  it.scoped("runs by npx in an empty folder", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped({ prefix: "empty-" })
      const npx = (...args: ReadonlyArray<string>) =>
        run(folder, {}, "npx", "--yes", "--prefer-offline", "--package", inject("tarball"), manifest.name, ...args)
      assert.include(yield* npx("--version"), manifest.version)
      assert.include(yield* npx("emulator", "--", "npx", manifest.name, "check"), "the token works until")
      assert.isEmpty(yield* files.readDirectory(folder))
    })
  )

  it.effect("needs nothing beside its file", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectory({ prefix: "alone-" })
      const application = yield* Application
      yield* files.copyFile(`${application.folder}/node_modules/${manifest.name}/dist/cli.js`, `${folder}/cli.mjs`)
      assert.include(yield* run(folder, {}, "node", "cli.mjs", "--version"), manifest.version)
      yield* files.remove(folder, { recursive: true })
    })
  )

  for (const [name, { command }] of Object.entries(supported)) {
    it.effect(`${name}: a token, a check and a refused key, against an emulator of its own`, () =>
      Effect.gen(function* () {
        const application = yield* Application
        const [file = "", ...args] = command
        const cli = [file, ...args, `${application.folder}/node_modules/${manifest.name}/dist/cli.js`]
        const against = (flags: ReadonlyArray<string>, ...command: ReadonlyArray<string>) =>
          application.outcome(file, ...cli.slice(1), "emulator", "--quiet", ...flags, "--", ...cli, ...command)

        const token = yield* against([], "token", "--flow", "standard", "--quiet")
        assert.strictEqual(token.exitCode, 0, token.output)
        assert.match(token.output, /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
        const check = yield* against([], "check")
        assert.strictEqual(check.exitCode, 0, check.output)
        const refused = yield* against(["--fault", "invalidClient"], "check", "--flow", "standard")
        assert.strictEqual(refused.exitCode, 4)
        assert.include(refused.output, "VIPPS_CLIENT_SECRET is refused")
        const unknown = yield* application.outcome(file, ...cli.slice(1), "tokn")
        assert.strictEqual(unknown.exitCode, 2)
        assert.include(unknown.output, "Did you mean token?")
      })
    )
  }
})
