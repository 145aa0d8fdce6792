/**
 * The declarations, read by three TypeScripts: 5.9 and 6.0 are written in JavaScript, 7.0 is the native compiler, which
 * npm has as `typescript` 7 with a package for each platform.
 */
import { readFileSync } from "node:fs"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import manifest from "../../package.json" with { type: "json" }
import { Application } from "./application.js"

const typeScripts = { "5.9": "5.9.3", "6.0": "6.0.3", "7.0": "7.0.2" }

const alias = (version: string) => `typescript-${version}`

const peers = Object.entries(manifest.peerDependencies).map((peer) => peer.join("@"))

const compilers = Object.entries(typeScripts).map(([version, exact]) => `${alias(version)}@npm:typescript@${exact}`)

/** A program that uses every entry point, as Node and as bundlers resolve them, and as strictly as it goes. */
const settings = {
  "module nodenext": { module: "nodenext", types: ["node"], lib: ["es2022"] },
  "moduleResolution bundler": { module: "esnext", moduleResolution: "bundler", types: [], lib: ["es2022", "dom"] }
}

const strictest = {
  target: "es2022",
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  verbatimModuleSyntax: true,
  isolatedModules: true
}

const everyName = Object.keys(manifest.exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => `export * from "${entry.replace(/^\./, manifest.name)}"\n`)
  .join("")

/** An error in our declarations, or in the program: those of other packages are not ours to mend. */
const isOurs = (line: string): boolean => !/^node_modules\/(?!effect-vipps-token\/)/.test(line)

/** Types that are promises, for the project's own sources and for what is published. */
const promises = readFileSync(new URL("../types/promises.ts", import.meta.url), "utf8")

layer(Application.layer([...peers, "@types/node@20", ...compilers]))("in a user's project", (it) => {
  const errors = (version: string, options: Record<string, unknown>, ...files: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const application = yield* Application
      const compilerOptions = { ...strictest, ...options }
      yield* application.write("tsconfig.json", JSON.stringify({ compilerOptions, include: files }))
      const { output } = yield* application.outcome(
        "node",
        `node_modules/${alias(version)}/bin/tsc`,
        ...["--pretty", "false"]
      )
      return output.split("\n").filter((line) => line.includes("error TS"))
    })

  for (const version of Object.keys(typeScripts)) {
    for (const [name, options] of Object.entries(settings)) {
      it.effect(`TypeScript ${version} with ${name} checks a program, and finds all types sound and as promised`, () =>
        Effect.gen(function* () {
          const application = yield* Application
          yield* application.write("everyName.ts", everyName)
          yield* application.write("promises.ts", promises)
          const files = ["inMemory.ts", "everyName.ts", "promises.ts"]
          const all = yield* errors(version, { ...options, skipLibCheck: false }, ...files)
          assert.deepStrictEqual(all.filter(isOurs), [])
        })
      )
    }

    it.effect(`TypeScript ${version} finds the error in a wrong program`, () =>
      Effect.gen(function* () {
        const wrong = 'import { RefreshPolicy } from "effect-vipps-token"\nRefreshPolicy.layer({ patience: true })\n'
        yield* (yield* Application).write("wrong.ts", wrong)
        const found = yield* errors(version, { ...settings["module nodenext"], skipLibCheck: true }, "wrong.ts")
        assert.match(found.join(), /^wrong\.ts\(2,23\): error TS2322/)
      })
    )
  }
})
