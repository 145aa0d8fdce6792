/**
 * What is published: few files, since each file, and each of its imports of Effect, takes time at the start of every
 * process. A bundler leaves out what an application does not use, since nothing in a file does anything when it is loaded:
 * calls are marked as such, and layers that are made of others are suspended. The declarations beside them are made by tsc.
 */
import { transformAsync } from "@babel/core"
import ts from "typescript"
import manifest from "./package.json" with { type: "json" }

const index = new URL("src/index.ts", import.meta.url).pathname

/** Whatever the index needs is in one file. What only another entry needs is in that entry's. */
const chunkOf = (path, { getModuleInfo }) => {
  const needed = new Set([index])
  for (const module of needed) for (const imported of getModuleInfo(module).importedIds) needed.add(imported)
  return path !== index && needed.has(path) ? "library" : undefined
}

/** TypeScript to JavaScript, and every call at the top of a module marked as one without side effects. */
const typescript = {
  name: "typescript",
  resolveId: (specifier, importer) =>
    importer !== undefined && specifier.startsWith(".")
      ? new URL(specifier.replace(/\.js$/, ".ts"), `file://${importer}`).pathname
      : null,
  async transform(code, fileName) {
    const { outputText, sourceMapText } = ts.transpileModule(code, {
      fileName,
      compilerOptions: {
        module: "esnext",
        target: "es2022",
        verbatimModuleSyntax: true,
        removeComments: true,
        sourceMap: true
      }
    })
    return transformAsync(outputText, {
      filename: fileName,
      configFile: false,
      inputSourceMap: JSON.parse(sourceMapText ?? ""),
      sourceMaps: true,
      plugins: ["annotate-pure-calls"]
    })
  }
}

const peers = Object.keys(manifest.peerDependencies)

export default {
  input: ["src/index.ts", "src/testing.ts", "src/RedisTokenStore.ts"],
  external: (specifier) =>
    specifier.startsWith("node:") || peers.some((peer) => `${specifier}/`.startsWith(`${peer}/`)),
  plugins: [typescript],
  output: {
    dir: "dist",
    sourcemap: true,
    sourcemapExcludeSources: true,
    hoistTransitiveImports: false,
    chunkFileNames: "chunks/[name].js",
    manualChunks: chunkOf
  }
}
