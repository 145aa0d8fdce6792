/**
 * Table F: from the start of a process to the first answer of an API, which is what a function's cold start waits for.
 * One token request and one GET on loopback, by this library, by hand, and by other clients, as modules and bundled.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { serve } from "./frame/child.js"
import { print, quick, type Row } from "./frame/report.js"
import { interleave, median, ratio, spread } from "./frame/rounds.js"
import { keys } from "./frame/tokenEndpoint.js"

const rounds = Number(process.env.ROUNDS ?? (quick ? 3 : 25))
const bench = fileURLToPath(new URL("./", import.meta.url))
const library = fileURLToPath(new URL("../dist/index.js", import.meta.url))
const server = await serve("frame/api-server.ts")
const path = "/epayment/v1/payments/order-1001"

/** The API, asked with a header by the global fetch. */
const fetchWith = (authorization: string) =>
  `const answer = await fetch("${server.url}${path}", { headers: { authorization: ${authorization} } })
   if ((await answer.json()).reference !== "order-1001") throw new Error("another answer")`

const keysInHeaders = `client_id: "${keys.clientId}", client_secret: "${keys.clientSecret}", "ocp-apim-subscription-key": "${keys.subscriptionKey}"`

const ours = "this library: StandardClient over fetch"
const byHand = "Effect by hand: HttpClient over fetch, a token, a request"

/** Each is a whole program. */
const programs: Readonly<Record<string, string>> = {
  "an empty process": "",
  "fetch by hand": `
    const grant = await fetch("${server.url}/accesstoken/get", { method: "POST", headers: { ${keysInHeaders} } })
    ${fetchWith('"Bearer " + (await grant.json()).access_token')}`,
  [byHand]: `
    import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
    import * as HttpClient from "@effect/platform/HttpClient"
    import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
    import * as Effect from "effect/Effect"
    import * as Schema from "effect/Schema"
    const Token = Schema.Struct({ access_token: Schema.String, expires_in: Schema.Number })
    const program = Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const grant = yield* client.post("${server.url}/accesstoken/get", { headers: { ${keysInHeaders} } })
      const { access_token } = yield* HttpClientResponse.schemaBodyJson(Token)(grant)
      const answer = yield* client.get("${server.url}${path}", { headers: { authorization: "Bearer " + access_token } })
      if ((yield* answer.json).reference !== "order-1001") throw new Error("another answer")
    })
    await Effect.runPromise(program.pipe(Effect.provide(FetchHttpClient.layer)))`,
  [ours]: `
    import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
    import * as Effect from "effect/Effect"
    import * as Layer from "effect/Layer"
    import { RefreshPolicy, StandardClient } from "${library}"
    const Live = StandardClient.layerConfig().pipe(
      Layer.provide([FetchHttpClient.layer, RefreshPolicy.layer({ mode: "onDemand" })])
    )
    const program = Effect.gen(function* () {
      const answer = yield* (yield* StandardClient).get("${path}")
      if ((yield* answer.json).reference !== "order-1001") throw new Error("another answer")
    })
    await Effect.runPromise(program.pipe(Effect.provide(Live)))`,
  "google-auth-library, and fetch": `
    import { OAuth2Client } from "google-auth-library"
    const client = new OAuth2Client({ clientId: "id", clientSecret: "secret", endpoints: { oauth2TokenUrl: "${server.url}/oauth/token" } })
    client.setCredentials({ refresh_token: "refresh" })
    ${fetchWith('(await client.getRequestHeaders()).get("authorization")')}`,
  "@azure/msal-node, its network by fetch, and fetch": `
    import { ConfidentialClientApplication } from "@azure/msal-node"
    const tenant = "https://login.entra.test/11111111-1111-1111-1111-111111111111"
    const send = async () => ({ status: 200, headers: {}, body: await (await fetch("${server.url}/oauth/token", { method: "POST" })).json() })
    const client = new ConfidentialClientApplication({
      auth: {
        clientId: "id", clientSecret: "secret", authority: tenant, knownAuthorities: ["login.entra.test"],
        cloudDiscoveryMetadata: JSON.stringify({
          tenant_discovery_endpoint: tenant + "/v2.0/.well-known/openid-configuration",
          metadata: [{ preferred_network: "login.entra.test", preferred_cache: "login.entra.test", aliases: ["login.entra.test"] }]
        }),
        authorityMetadata: JSON.stringify({
          issuer: tenant + "/v2.0", authorization_endpoint: tenant + "/a", token_endpoint: tenant + "/t",
          end_session_endpoint: tenant + "/l", jwks_uri: tenant + "/k"
        })
      },
      system: { networkClient: { sendGetRequestAsync: send, sendPostRequestAsync: send } }
    })
    const result = await client.acquireTokenByClientCredential({ scopes: ["https://api.test/.default"] })
    ${fetchWith('"Bearer " + result.accessToken')}`,
  "@vippsmobilepay/sdk, its token, and fetch": `
    import { Client } from "@vippsmobilepay/sdk"
    const original = globalThis.fetch
    globalThis.fetch = (input, init) => input instanceof Request
      ? original(input.url.replace(/^https:\\/\\/api(test)?\\.vipps\\.no/, "${server.url}"), { method: input.method, headers: input.headers })
      : original(input, init)
    const client = Client({ merchantSerialNumber: "123456", subscriptionKey: "${keys.subscriptionKey}", useTestMode: true, retryRequests: false })
    const token = await client.auth.getToken("${keys.clientId}", "${keys.clientSecret}")
    ${fetchWith('"Bearer " + token.data.access_token')}`
}

const folder = `${bench}results/first-answer/`
mkdirSync(folder, { recursive: true })

const bundledName = (name: string) => `${name}, bundled`
const files = new Map<string, string>()
for (const [index, [name, source]] of Object.entries(programs).entries()) {
  const file = `${folder}${index}.mjs`
  writeFileSync(file, source)
  files.set(name, file)
  if (name !== byHand && name !== ours) continue
  const outfile = `${folder}${index}.bundled.mjs`
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20"
  })
  files.set(bundledName(name), outfile)
}

const env = {
  PATH: process.env.PATH,
  VIPPS_ENVIRONMENT: server.url,
  VIPPS_CLIENT_ID: keys.clientId,
  VIPPS_CLIENT_SECRET: keys.clientSecret,
  VIPPS_SUBSCRIPTION_KEY: keys.subscriptionKey
}

const start = (file: string): number => {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, [file], { cwd: bench, env })
  if (status !== 0) throw new Error(`${file}: ${String(stderr)}`)
  return performance.now() - began
}

const cases = [...files].map(([name, file]) => ({ name, measure: () => start(file) }))
await interleave(cases, 1)
const figures = await interleave(cases, rounds)

print({
  table: "F",
  title: "from the start of a process to the first answer of an API",
  settings: { rounds },
  rows: {
    "a whole process": [...figures].map(([name, millis]): Row => {
      const { max, min } = spread(millis)
      return { program: name, "ms, median": median(millis), min, max, "× Effect by hand": ratio(figures, name, byHand) }
    })
  },
  targets: [
    { claim: "modules: × Effect by hand", figure: ratio(figures, ours, byHand), atMost: 1.1 },
    {
      claim: "bundled: × Effect by hand, bundled",
      figure: ratio(figures, bundledName(ours), bundledName(byHand)),
      atMost: 1.1
    }
  ]
})
server.stop()
