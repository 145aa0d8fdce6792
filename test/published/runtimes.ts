/**
 * The runtimes that the README names, from npm: each package ships its binary. They are kept in a folder of the
 * machine's temporary files, since together they are half a gigabyte.
 */
import { mkdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import { run } from "./application.js"

const folder = join(tmpdir(), "effect-vipps-token-runtimes")

const platform = process.platform === "win32" ? "win" : process.platform

const node = (major: number) => ({
  packages: [`node-${major}@npm:node-${platform}-${process.arch}@${major}`],
  command: [`${folder}/node_modules/node-${major}/bin/node`]
})

const other = (name: string, version: string, ...args: ReadonlyArray<string>) => ({
  packages: [`${name}@${version}`],
  command: [`${folder}/node_modules/.bin/${name}`, ...args]
})

/** How each runs a JavaScript file of ES modules. */
export const runtimes = {
  "Node 20": node(20),
  "Node 22": node(22),
  "Node 24": node(24),
  Bun: other("bun", "1.4.5"),
  Deno: other("deno", "2.9.6", "run", "--node-modules-dir=manual", "--allow-net=127.0.0.1", "--allow-env")
}

export const workerd = other("workerd", "1.20261117.1", "serve")

export const installRuntimes = Effect.suspend(() => {
  mkdirSync(folder, { recursive: true })
  const packages = [...Object.values(runtimes), workerd].flatMap((runtime) => runtime.packages)
  return run(
    folder,
    {},
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--prefix",
    folder,
    ...packages
  )
}).pipe(Effect.provide(NodeContext.layer))
