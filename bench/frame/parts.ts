/**
 * What a bundle consists of: what gzip makes of it with a part, less what it makes of it without. What parts have in
 * common counts for none of them, so together they are less than the whole.
 */
import { gzipSync } from "node:zlib"
import { transform } from "esbuild"
import type { Row } from "./report.js"

/** The first that fits a module's path; a module of no part is shown by its own name. */
const parts: ReadonlyArray<readonly [part: string, modules: RegExp]> = [
  ["layerTest", /internal\/testSource/],
  ["errors and their messages", /TokenError|internal\/(tokenErrors|errors\/)/],
  [
    "settings: keys, environment, variables",
    /Credentials|VippsEnvironment|internal\/configuration\/|core\/(keyRules|misplacedKeys|flowRules|serverUrl)/
  ],
  ["rules of the cache: state, refresh, back-off", /core\/(tokenState|tokenPhases|refreshTimes)/],
  [
    "the client for API requests",
    /Client|internal\/(client\/|renewals|merchantPauses)|core\/(renewal|secretSearch|targetPath)/
  ],
  [
    "answers: grants, refusals, hostile text",
    /core\/(tokenAnswer|grant|refusal|retryAfter|serverText|secretSpellings|escapes|oneLine|textSearch|jsonField|transportFailure)/
  ],
  ["the cache: keys, flights, refresh fiber", /TokenCache|dToken|RefreshPolicy|internal\/(cache|effect)\//],
  [
    "the exchange: flow, request, token",
    /Flow|AccessToken|internal\/(exchange|http)\/|core\/(tokenRequest|fingerprint)/
  ]
]

const ownImports = /^import .*;$/gm
/** Words and punctuation in quotes; code between two texts has signs that these have not. */
const longTexts = /(["`])[^"`;{}=\n]{41,}\1/g

/** `bundled`: by esbuild, which names each module in a comment where white space is kept. */
export const partsOf = async (bundled: string): Promise<ReadonlyArray<Row>> => {
  const modules = await Promise.all(
    bundled.split(/^\/\/ (?=.*\.ts$)/m).map(async (text) => {
      const [path = "", ...lines] = text.split("\n")
      const code = lines.join("\n")
      const { code: small } = await transform(code.replace(ownImports, ""), { minifyWhitespace: true, format: "esm" })
      return { path, part: parts.find(([, of]) => of.test(path))?.[0] ?? path, code: small }
    })
  )
  const imports = [...bundled.matchAll(ownImports)].map(([line]) => line.replaceAll(" * as", "*as")).join("")
  const size = (code: string) => gzipSync(imports + code, { level: 9 }).length
  const own = (of: (module: { readonly part: string }) => boolean) =>
    modules
      .filter(of)
      .map(({ code }) => code)
      .join("")
  const all = own(() => true)
  const rows = [...new Set(modules.map(({ part }) => part))].map((part) => ({
    part,
    bytes: size(all) - size(own((module) => module.part !== part))
  }))
  return [
    ...rows.filter(({ bytes }) => bytes > 20),
    {
      part: "imports of Effect, one for each module that needs it",
      bytes: size(all) - gzipSync(all, { level: 9 }).length
    },
    {
      part: "of all parts: texts of over 40 characters",
      bytes: size(all) - size(all.replace(longTexts, '""'))
    }
  ]
    .toSorted((one, other) => other.bytes - one.bytes)
    .map(({ bytes, part }) => ({ part, "gzipped, kB": bytes / 1000 }))
}
