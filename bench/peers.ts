/**
 * The peers, each used as its documentation says, and the floor: what a careful author of plain JavaScript writes by
 * hand.
 */
import { ConfidentialClientApplication, type INetworkModule } from "@azure/msal-node"
import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client"
import { memoize } from "@smithy/property-provider"
import { Client } from "@vippsmobilepay/sdk"
import { OAuth2Client as GoogleClient } from "google-auth-library"
import * as openid from "openid-client"
import { type AccessToken, ClientCredentials } from "simple-oauth2"
import { keys, type Token } from "./frame/tokenEndpoint.js"
// Not exported by the package: the very function that its bearerTokenAuthenticationPolicy calls for each request.
import { createTokenCycler } from "./node_modules/@azure/core-rest-pipeline/dist/esm/util/tokenCycler.js"

/**
 * Where tokens come from: peers that can be given a function get `fetchToken`, the others ask the endpoint by
 * themselves.
 */
export interface Upstream {
  readonly url: string
  readonly fetchToken: () => Promise<Token>
}

export interface Peer {
  readonly name: string
  /** Whether it keeps a token at all, or fetches one each time. */
  readonly keeps: boolean
  /** Whether it can keep a token that it has not fetched by itself. */
  readonly inMemory: boolean
  /** A new client with nothing in it, as a function that answers the value of an `Authorization` header. */
  readonly make: (upstream: Upstream) => () => string | Promise<string>
}

const bearer = (token: string | null | undefined): string => {
  if (token === null || token === undefined) throw new Error("no token")
  return `Bearer ${token}`
}

const memo: Peer["make"] = ({ fetchToken }) => {
  let header = ""
  let until = 0
  let pending: Promise<string> | undefined
  const refresh = () => {
    pending ??= fetchToken()
      .then((token) => {
        header = bearer(token.access_token)
        until = Date.now() + token.expires_in * 1000 - 120_000
        return header
      })
      .finally(() => {
        pending = undefined
      })
    return pending
  }
  return () => (Date.now() < until ? header : refresh())
}

const azure: Peer["make"] = ({ fetchToken }) => {
  const get = createTokenCycler({
    getToken: async () => {
      const token = await fetchToken()
      return { token: token.access_token, expiresOnTimestamp: Date.now() + token.expires_in * 1000 }
    }
  })
  const scopes = ["scope"]
  const options = { enableCae: true }
  return async () => bearer((await get(scopes, options)).token)
}

const smithy: Peer["make"] = ({ fetchToken }) => {
  const get = memoize(
    async () => {
      const token = await fetchToken()
      return { token: token.access_token, expiration: new Date(Date.now() + token.expires_in * 1000) }
    },
    ({ expiration }) => expiration.getTime() - Date.now() < 300_000,
    () => true
  )
  return async () => bearer((await get()).token)
}

/** With a refresh token, the one of its ways that lets concurrent callers share a request. */
const google: Peer["make"] = ({ url }) => {
  const client = new GoogleClient({
    clientId: keys.clientId,
    clientSecret: keys.clientSecret,
    endpoints: { oauth2TokenUrl: `${url}/oauth/token` }
  })
  client.setCredentials({ refresh_token: "refresh" })
  return async () => (await client.getRequestHeaders()).get("authorization") ?? bearer(undefined)
}

/** The same around a token that is there already. */
const googleHolding: Peer["make"] = ({ fetchToken }) => {
  const client = new GoogleClient({ clientId: keys.clientId, clientSecret: keys.clientSecret })
  client.refreshHandler = async () => {
    const token = await fetchToken()
    return { access_token: token.access_token, expiry_date: Date.now() + token.expires_in * 1000 }
  }
  return async () => (await client.getRequestHeaders()).get("authorization") ?? bearer(undefined)
}

const tenant = "https://login.entra.test/11111111-1111-1111-1111-111111111111"
const entra = {
  authority: tenant,
  knownAuthorities: ["login.entra.test"],
  cloudDiscoveryMetadata: JSON.stringify({
    tenant_discovery_endpoint: `${tenant}/v2.0/.well-known/openid-configuration`,
    metadata: [
      { preferred_network: "login.entra.test", preferred_cache: "login.entra.test", aliases: ["login.entra.test"] }
    ]
  }),
  authorityMetadata: JSON.stringify({
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    end_session_endpoint: `${tenant}/oauth2/v2.0/logout`,
    jwks_uri: `${tenant}/keys`
  })
}

/** Its network module is replaced, since it takes no loopback host. */
const msal: Peer["make"] = ({ fetchToken }) => {
  const send: INetworkModule["sendGetRequestAsync"] = async <T>() => {
    const body: T = JSON.parse(JSON.stringify(await fetchToken().then((token) => ({ token_type: "Bearer", ...token }))))
    return { status: 200, headers: {}, body }
  }
  const client = new ConfidentialClientApplication({
    auth: { clientId: keys.clientId, clientSecret: keys.clientSecret, ...entra },
    system: { networkClient: { sendGetRequestAsync: send, sendPostRequestAsync: send } }
  })
  const scopes = ["https://api.test/.default"]
  return async () => bearer((await client.acquireTokenByClientCredential({ scopes }))?.accessToken)
}

const simpleClient = (url: string) =>
  new ClientCredentials({
    client: { id: keys.clientId, secret: keys.clientSecret },
    auth: { tokenHost: url, tokenPath: "/oauth/token" }
  })

/** As its README has it: keep the token, ask whether it has expired, get another. */
const simple: Peer["make"] = ({ url }) => {
  const client = simpleClient(url)
  let token: AccessToken | undefined
  return async () => {
    if (token === undefined || token.expired(120)) token = await client.getToken({})
    return bearer(String(token.token.access_token))
  }
}

const oneSimpleClient = simpleClient("http://127.0.0.1")

const simpleHolding: Peer["make"] = ({ fetchToken }) => {
  let token: AccessToken | undefined
  return async () => {
    if (token === undefined || token.expired(120)) token = oneSimpleClient.createToken({ ...(await fetchToken()) })
    return bearer(String(token.token.access_token))
  }
}

const badgateway: Peer["make"] = ({ url }) => {
  const client = new OAuth2Client({
    server: url,
    clientId: keys.clientId,
    clientSecret: keys.clientSecret,
    tokenEndpoint: "/oauth/token"
  })
  const wrapper = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() })
  return async () => bearer(await wrapper.getAccessToken())
}

const oneBadgatewayClient = new OAuth2Client({ server: "http://127.0.0.1", clientId: keys.clientId })

const badgatewayHolding: Peer["make"] = ({ fetchToken }) => {
  const wrapper = new OAuth2Fetch({
    client: oneBadgatewayClient,
    getNewToken: async () => {
      const { access_token, expires_in } = await fetchToken()
      return { accessToken: access_token, expiresAt: Date.now() + expires_in * 1000, refreshToken: null }
    }
  })
  return async () => bearer(await wrapper.getAccessToken())
}

/** Node's fetch, at most 64 at once: it sets no bound, and 10,000 sockets would measure the operating system. */
const boundedFetch = ((): typeof fetch => {
  const original = globalThis.fetch
  const waiting: Array<() => void> = []
  let free = 64
  return async (input, init) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    const response = await original(input, init).finally(() => {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    })
    return response
  }
})()

const openidClient: Peer["make"] = ({ url }) => {
  const server = { issuer: url, token_endpoint: `${url}/oauth/token` }
  const configuration = new openid.Configuration(server, keys.clientId, keys.clientSecret)
  openid.allowInsecureRequests(configuration)
  configuration[openid.customFetch] = (input, { body, ...init }) =>
    boundedFetch(input, body instanceof URLSearchParams ? { ...init, body } : init)
  return async () => bearer((await openid.clientCredentialsGrant(configuration)).access_token)
}

/** Its server is fixed, so the global fetch sends it here. Its own retries are off: they break after the first. */
const vippsSdk: Peer["make"] = ({ url }) => {
  globalThis.fetch = (input, init) =>
    input instanceof Request
      ? boundedFetch(input.url.replace(/^https:\/\/api(test)?\.vipps\.no/, url), {
          method: input.method,
          headers: input.headers
        })
      : boundedFetch(input, init)
  const client = Client({
    merchantSerialNumber: "123456",
    subscriptionKey: keys.subscriptionKey,
    useTestMode: true,
    retryRequests: false
  })
  return async () => {
    const answer = await client.auth.getToken(keys.clientId, keys.clientSecret)
    if (!answer.ok) throw new Error("token request failed")
    return bearer(answer.data.access_token)
  }
}

export const floor = "plain memo"

export const peers: ReadonlyArray<Peer> = [
  { name: floor, keeps: true, inMemory: true, make: memo },
  { name: "@smithy/property-provider memoize", keeps: true, inMemory: true, make: smithy },
  { name: "@azure/core-rest-pipeline token cycler", keeps: true, inMemory: true, make: azure },
  { name: "@badgateway/oauth2-client", keeps: true, inMemory: false, make: badgateway },
  { name: "@badgateway/oauth2-client, one wrapper a key", keeps: true, inMemory: true, make: badgatewayHolding },
  { name: "simple-oauth2", keeps: true, inMemory: false, make: simple },
  { name: "simple-oauth2, one token a key", keeps: true, inMemory: true, make: simpleHolding },
  { name: "google-auth-library", keeps: true, inMemory: false, make: google },
  { name: "google-auth-library, one client a key", keeps: true, inMemory: true, make: googleHolding },
  { name: "@azure/msal-node", keeps: true, inMemory: true, make: msal },
  { name: "openid-client", keeps: false, inMemory: false, make: openidClient },
  { name: "@vippsmobilepay/sdk", keeps: false, inMemory: false, make: vippsSdk }
]

/** Those that ask the endpoint as they would in earnest. */
export const overTheWire = peers.filter(({ name }) => !name.includes(" a key"))
export const holding = peers.filter(({ inMemory }) => inMemory)
