/** What the library adds to an application, minified and gzipped, with its peers left out. */
import { readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import manifest from "../../package.json" with { type: "json" }
import { Application, projectFolder } from "./application.js"

const kilobyte = 1000

/** What the README says, in kilobytes. */
const told = Number(/\bAdds (\d+) kB/.exec(readFileSync(`${projectFolder}README.md`, "utf8"))?.[1])

/** A ratchet: measured, and rounded up. It goes down with the code, and up only with a reason. */
const budget = 34.2 * kilobyte

const bundled = (folder: string, program: string) =>
  Effect.promise(async () => {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: folder },
      bundle: true,
      minify: true,
      logLevel: "error",
      write: false,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      external: Object.keys(manifest.peerDependencies).flatMap((peer) => [peer, `${peer}/*`])
    })
    const [output] = outputFiles
    return {
      bytes: gzipSync(output?.contents ?? "", { level: 9 }).length,
      text: output?.text ?? ""
    }
  })

const program = `
  import { StandardClient, StandardToken } from "effect-vipps-token"
  console.log(StandardToken.layerConfig(), StandardClient.layerConfig())
`

layer(Application.layer([]))("in an application that is bundled by esbuild", (it) => {
  it.effect(`StandardToken and StandardClient add ${budget / kilobyte} kB at most, min + gzip`, () =>
    Effect.gen(function* () {
      const { bytes } = yield* bundled((yield* Application).folder, program)
      console.log(`StandardToken and StandardClient: ${(bytes / kilobyte).toFixed(2)} kB`)
      assert.isAtMost(bytes, budget)
      assert.isAtMost(Math.round(bytes / kilobyte), told, "the README says less")
    })
  )

  it.effect("what it does not use is not in it", () =>
    Effect.gen(function* () {
      const { text } = yield* bundled((yield* Application).folder, program)
      const services = [...text.matchAll(/effect-vipps-token\/(\w+)/g)].map(([, name]) => name)
      assert.includeMembers(services, ["StandardToken", "StandardClient", "TokenCache"])
      assert.deepStrictEqual(
        services.filter((name = "") => /^(Specialized|Redis|testing)/.test(name)),
        []
      )
    })
  )

  it.effect.each(["StandardToken", "SpecializedToken"])("%s alone brings no client, and no other flow", (name) =>
    Effect.gen(function* () {
      const alone = `import { ${name} } from "effect-vipps-token"; console.log(${name}.layerConfig)`
      const { text } = yield* bundled((yield* Application).folder, alone)
      const services = [...text.matchAll(/effect-vipps-token\/((?:Standard|Specialized)\w+)/g)].map(
        ([, service]) => service
      )
      assert.deepStrictEqual(services.toSorted(), [name.replace("Token", "Flow"), name])
      assert.notInclude(text, "remoteAddress", "answers of the client")
    })
  )

  it.effect("an import that nothing uses adds nothing", () =>
    Effect.gen(function* () {
      const { bytes } = yield* bundled((yield* Application).folder, `import {} from "effect-vipps-token"`)
      assert.isAtMost(bytes, 50)
    })
  )
})
