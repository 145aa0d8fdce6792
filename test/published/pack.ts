/** Packs the package once for all suites, as `npm publish` would, into a temporary folder. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    readonly tarball: string
  }
}

export default (project: TestProject) => {
  const folder = mkdtempSync(join(tmpdir(), "effect-vipps-token-"))
  const packed: ReadonlyArray<{ readonly filename: string }> = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--silent", "--pack-destination", folder], {
      cwd: new URL("../..", import.meta.url),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"]
    })
  )
  project.provide("tarball", join(folder, packed[0]?.filename ?? ""))
  return () => rmSync(folder, { recursive: true })
}
