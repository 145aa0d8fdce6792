/**
 * What is published: few files, since each module, and each of its imports of Effect, takes time at the start of every
 * process; and no file with a service that an application may not use, so that its bundler can leave it out. The
 * declarations beside them are made by tsc.
 */
import { transformAsync } from "@babel/core"
import ts from "typescript"
import manifest from "./package.json" with { type: "json" }

const entry = /src\/(index|testing|RedisTokenStore)\.ts$/

/** The file for a module that more than one entry may use, by the first that fits its path. */
const chunks = [
  ["StandardClient", /\/StandardClient/],
  ["SpecializedClient", /\/SpecializedClient/],
  ["VippsClient", /\/VippsClient|internal\/(api(?!Access)|renewal|requestScope)|core\/rejectedToken/],
  ["StandardToken", /\/Standard/],
  ["SpecializedToken", /\/Specialized/],
  ["TokenCache", /./]
]

const chunkOf = (path) =>
  entry.test(path) || /emulator|[rR]edis/.test(path) ? undefined : chunks.find(([, paths]) => paths.test(path))?.[0]

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
