/** The tarball: what is in it, and that it works where it is installed. */

import { readFileSync } from "node:fs"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inject } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import { Application, projectFolder, run } from "./application.js"

const tool = (name: string, ...args: ReadonlyArray<string>) =>
  run(projectFolder, {}, `node_modules/.bin/${name}`, ...args).pipe(Effect.provide(NodeContext.layer))

const optional: Record<string, unknown> =
  "peerDependenciesMeta" in manifest ? Object(manifest.peerDependenciesMeta) : {}
const needed = Object.entries(manifest.peerDependencies).filter(([peer]) => !(peer in optional))
const newest = needed.map(([peer, range]) => `${peer}@${range}`)
const oldest = needed.map(([peer, range]) => `${peer}@${range.replace("^", "")}`)

const page = readFileSync(`${projectFolder}README.md`, "utf8")

/** Entry points and whether each runs without optional peers, by the name that is imported. */
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => entry.replace(/^\./, manifest.name))

const kept = /kept a standard token, used before and after its refresh/

describe("the tarball", () => {
  it.effect("is clean for publint, warnings counted", () => tool("publint", "run", inject("tarball"), "--strict"))

  it.effect("has types that are right for every way to resolve an ES module", () =>
    tool("attw", inject("tarball"), "--profile", "esm-only")
  )

  it.effect("holds dist, its sources and what people read, and nothing else", () =>
    Effect.gen(function* () {
      const listing = yield* run(projectFolder, {}, "tar", "-tzf", inject("tarball")).pipe(
        Effect.provide(NodeContext.layer)
      )
      const files = listing.trim().split("\n")
      const read = files.filter((file) => !/^package\/(dist|src)\/[\w/]+\.(ts|js|d\.ts)(\.map)?$/.test(file))
      assert.deepStrictEqual(
        read
          .filter(
            (file) =>
              !/^package\/(docs\/[\w-]+\.md|examples\/(commandLine\/[\w-]+\.(sh|py|yaml)|[\w-]+\.ts))$/.test(file)
          )
          .toSorted(),
        [
          "package/AGENTS.md",
          "package/CHANGELOG.md",
          "package/CONTRIBUTING.md",
          "package/LICENSE",
          "package/README.md",
          "package/SECURITY.md",
          "package/bench/README.md",
          "package/llms.txt",
          "package/package.json"
        ]
      )
      // Who reads the page beside the code, without the repository, can follow it; so can who reads src/, which cites
      // docs/.
      for (const [, target = ""] of page.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        assert.include(files, `package/${target}`, "a link of the README")
      }
      for (const [, source] of listing.matchAll(/dist\/(.*)\.d\.ts\n/g)) {
        assert.include(files, `package/src/${source}.ts`, "an output without a source is left over from an older build")
      }
    })
  )
})

for (const [age, packages] of [
  ["newest", newest],
  ["oldest", oldest]
] as const) {
  layer(Application.layer(packages))(`installed beside the ${age} peers that it takes`, (it) => {
    it.effect("runs as ES modules on Node", () =>
      Effect.gen(function* () {
        const application = yield* Application
        assert.match(yield* application.run("node", "inMemory.js"), kept)
      })
    )

    it.effect("runs bundled into one file by esbuild, with nothing installed beside it", () =>
      Effect.gen(function* () {
        const application = yield* Application
        yield* application.run(
          `${projectFolder}node_modules/.bin/esbuild`,
          ...["inMemory.js", "--bundle", "--format=esm", "--platform=neutral", "--main-fields=module,main"],
          "--outfile=alone/bundle.mjs"
        )
        assert.match(yield* application.run("node", "alone/bundle.mjs"), kept)
      })
    )

    it.effect("cannot be reached past its entry points", () =>
      Effect.gen(function* () {
        const application = yield* Application
        const { exitCode, output } = yield* application.outcome(
          "node",
          "--eval",
          `import("${manifest.name}/dist/internal/cache/cachedTokenSource.js")`
        )
        assert.strictEqual(exitCode, 1)
        assert.include(output, "ERR_PACKAGE_PATH_NOT_EXPORTED")
      })
    )
  })
}

layer(Application.layer([...newest, ...Object.entries(manifest.peerDependencies).map((peer) => peer.join("@"))]))(
  "installed with its optional peers as well",
  (it) => {
    it.effect("every entry point can be imported", () =>
      Effect.gen(function* () {
        const application = yield* Application
        for (const entry of entries) {
          const names = yield* application.run(
            "node",
            "--eval",
            `import("${entry}").then((module) => console.log(Object.keys(module).length))`
          )
          assert.isAbove(Number(names), 0, entry)
        }
      })
    )
  }
)
