/**
 * The command line as one file with all that it imports, so that users of the library install nothing more for it.
 * `npm run build` makes dist/cli.js; tests bundle it elsewhere.
 */
import { chmodSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"

const here = new URL(".", import.meta.url).pathname

const banner = `#!/usr/bin/env node
// Holds effect and @effect/* (MIT, Copyright (c) 2023 Effectful Technologies Inc) and what they depend on: ini (ISC),
// toml (MIT), yaml (ISC), ws (MIT), multipasta (MIT), find-my-way-ts (MIT), msgpackr (MIT).
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);`

export const bundleCli = async (outfile: string): Promise<void> => {
  await build({
    entryPoints: [`${here}src/internal/cli/main.ts`],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // Half of the start is the parsing of this file.
    minify: true,
    legalComments: "none",
    logLevel: "error",
    banner: { js: banner }
  })
  chmodSync(outfile, 0o755)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundleCli(`${here}dist/cli.js`)
