/** The emulator as a server: the control API over a real socket. */
import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { StandardCredentials } from "effect-vipps-token"
import { Fault } from "effect-vipps-token/testing"
import {
  type Answered,
  type Fetch,
  rawRequest,
  served,
  specializedKeys,
  standardKeys
} from "../../fixtures/emulatorServer.js"

const payment = "/epayment/v1/payments/order-1001"

const getToken = (ask: Fetch, headers = standardKeys) =>
  Effect.map(ask("POST", "/accesstoken/get", "", headers), ({ json }) => String(json?.access_token))

const withToken = (token: string) => ({
  authorization: `Bearer ${token}`,
  "ocp-apim-subscription-key": standardKeys["ocp-apim-subscription-key"]
})

const statusOf = (answer: Effect.Effect<Answered>) => Effect.map(answer, ({ status }) => status)

describe("the server", () => {
  it.scopedLive("serves both token endpoints and the APIs, and returns its variables", () =>
    Effect.gen(function* () {
      const { ask, control, server } = yield* served()
      assert.deepStrictEqual((yield* control("GET", "health")).json, { status: "ok" })
      assert.strictEqual(server.variables.VIPPS_ENVIRONMENT, server.url.origin)
      assert.strictEqual(server.variables.VIPPS_CLIENT_ID, standardKeys.client_id)
      assert.strictEqual(server.pageUrl?.href, `${server.url.origin}/__emulator/`)

      const token = yield* getToken(ask)
      assert.strictEqual(yield* statusOf(ask("GET", payment, undefined, withToken(token))), 200)
      const specialized = yield* ask("POST", "/miami/v1/token", "grant_type=client_credentials", specializedKeys)
      assert.strictEqual(specialized.json.expires_in, 900)
    })
  )

  it.live("closes within a second, whatever hangs: answers, bodies, event streams, idle connections", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { ask, control, server } = yield* Scope.extend(served(), scope)
      yield* control("POST", "faults", { fault: "hang", times: 2 })
      yield* control("POST", "faults", { fault: "hangMidBody" })
      const hanging = [0, 1, 2].map(() => ask("POST", "/accesstoken/get", "", standardKeys))
      const reading = control("GET", "events")
      yield* Effect.forkDaemon(
        Effect.all([...hanging, reading].map(Effect.sandbox), { concurrency: "unbounded", mode: "either" })
      )
      const idle = connect(Number(server.url.port), "127.0.0.1")
      idle.on("error", () => {})
      const busy = yield* Effect.repeat(control("GET", "requests"), { until: ({ json }) => json.requests.length === 3 })
      assert.strictEqual(busy.status, 200)

      const before = performance.now()
      yield* Scope.close(scope, Exit.void)
      assert.isBelow(performance.now() - before, 1000)
      idle.destroy()
    })
  )

  it.scopedLive("accepts its own keys, given ones, or any", () =>
    Effect.gen(function* () {
      const given = StandardCredentials.make({
        clientId: "0f0f0f0f-0000-4000-8000-000000000001",
        clientSecret: Redacted.make("given-secret"),
        subscriptionKey: Redacted.make("given-key")
      })
      const headers = {
        client_id: "0f0f0f0f-0000-4000-8000-000000000001",
        client_secret: "given-secret",
        "ocp-apim-subscription-key": "given-key"
      }
      const other = { ...headers, client_id: "0f0f0f0f-0000-4000-8000-000000000002", client_secret: "any" }
      const some = yield* served({
        keys: [given],
        lifetime: "30 seconds",
        faults: [{ fault: Fault.throttled, times: 1 }]
      })
      assert.strictEqual(yield* statusOf(some.ask("POST", "/accesstoken/get", "", headers)), 429)
      assert.strictEqual((yield* some.ask("POST", "/accesstoken/get", "", headers)).json.expires_in, "29")
      assert.strictEqual(yield* statusOf(some.ask("POST", "/accesstoken/get", "", other)), 400)

      const any = yield* served({ anyKeys: true })
      const token = yield* getToken(any.ask, other)
      assert.strictEqual(yield* statusOf(any.ask("GET", payment, undefined, withToken(token))), 200)
      const anyPair = { ...specializedKeys, authorization: `Basic ${btoa("who:ever")}` }
      assert.strictEqual(
        yield* statusOf(any.ask("POST", "/miami/v1/token", "grant_type=client_credentials", anyPair)),
        200
      )
      assert.strictEqual(yield* statusOf(any.ask("POST", "/accesstoken/get", "", { ...other, client_secret: "" })), 401)
    })
  )

  it.scopedLive("sets the opt-in if its public address is plain http: to another machine", () =>
    Effect.gen(function* () {
      const { server } = yield* served({ publicUrl: new URL("http://vipps:8787") })
      assert.strictEqual(server.variables.VIPPS_ENVIRONMENT, "http://vipps:8787")
      assert.strictEqual(server.variables.VIPPS_INSECURE_HTTP, "allow")
      const local = yield* served()
      assert.notProperty(local.server.variables, "VIPPS_INSECURE_HTTP")
      assert.strictEqual(yield* rawRequest(new URL("/__emulator/state", server.url), { host: "vipps:8787" }), 200)
    })
  )

  it.scopedLive("logs each request when it is over", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const log = ({
        fault,
        method,
        path,
        status
      }: {
        fault: string | null
        method: string
        path: string
        status: number | null
      }) =>
        Effect.sync(() => {
          lines.push(`${method} ${path} ${status} ${fault}`)
        })
      const { ask, control } = yield* served({ log })
      yield* control("POST", "faults", { fault: "htmlBadGateway" })
      yield* ask("POST", "/accesstoken/get?client_secret=canary", "", standardKeys)
      assert.deepStrictEqual(lines, ["POST /accesstoken/get?client_secret=•••• 502 htmlBadGateway"])
    })
  )
})

describe("the control API", () => {
  it.scopedLive("records requests and their answers, until they are cleared", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      yield* ask("POST", "/accesstoken/get", "", { ...standardKeys, "merchant-serial-number": "123456" })
      yield* ask("GET", "/epayment/v1/payments/nowhere-1", undefined, withToken(yield* getToken(ask)))
      const { requests } = (yield* control("GET", "requests")).json
      assert.deepInclude(requests[0], {
        method: "POST",
        path: "/accesstoken/get",
        flow: "standard",
        client: "e3b0c442…",
        merchant: "123456",
        outcome: "answered",
        status: 200,
        reason: null
      })
      assert.deepInclude(requests[2], { flow: null, client: "e3b0c442…", token: 1, status: 404 })
      assert.include(requests[2].reason, "There is no payment with this reference")
      yield* ask("GET", "/checkout/v3/session", undefined, standardKeys)
      const lacking = (yield* control("GET", "requests?limit=1")).json.requests[0]
      assert.deepInclude(lacking, { status: 404, reason: "The emulator does not have this path." })
      assert.include((yield* control("GET", "findings")).text, "no-such-path")
      assert.include(requests[0].curl, '-H "client_secret: $VIPPS_CLIENT_SECRET"')

      const some = (query: string) =>
        Effect.map(control("GET", `requests?${query}`), ({ json }) => json.requests.length)
      assert.strictEqual(yield* some("limit=1"), 1)
      assert.strictEqual(yield* some("path=/AccessToken"), 2)
      assert.strictEqual(yield* some(`clientId=${standardKeys.client_id}`), 3)
      assert.strictEqual(yield* some("clientId=00000000-0000-0000-0000-000000000000"), 0)
      assert.strictEqual(yield* statusOf(control("GET", "requests?limit=many")), 400)

      assert.strictEqual(yield* statusOf(control("DELETE", "requests")), 204)
      assert.deepStrictEqual((yield* control("GET", "requests")).json.requests, [])
    })
  )

  it.scopedLive("queues faults, for all or for one client, so that parallel tests do not meet", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      const other = { ...standardKeys, client_id: "6b86b273-ff34-4ce1-9d6b-804eff5a3f57" }
      const own = yield* statusOf(
        control("POST", "faults", { fault: "htmlBadGateway", times: "always", clientId: "e3b0c442" })
      )
      assert.strictEqual(own, 204)
      const waiting = [{ name: "htmlBadGateway", times: "always", on: "token", flow: null, client: "e3b0c442…" }]
      assert.deepStrictEqual((yield* control("GET", "faults")).json.waiting, waiting)
      assert.strictEqual(yield* statusOf(ask("POST", "/accesstoken/get", "", other)), 401)
      for (const _ of [1, 2])
        assert.strictEqual(yield* statusOf(ask("POST", "/accesstoken/get", "", standardKeys)), 502)
      yield* control("DELETE", "faults?clientId=6b86b273")
      assert.strictEqual(yield* statusOf(ask("POST", "/accesstoken/get", "", standardKeys)), 502)
      yield* control("DELETE", "faults?clientId=e3b0c442")
      const token = yield* getToken(ask)

      yield* control("POST", "faults", { fault: "answer", options: { status: 418, body: "tea" }, on: "api", times: 2 })
      for (const status of [418, 418, 200]) {
        assert.strictEqual(yield* statusOf(ask("GET", payment, undefined, withToken(token))), status)
      }
      const wrong = [
        { fault: "nonsense" },
        { fault: "slow", options: { delay: "soon" } },
        { fault: "answer", options: { status: 7 } },
        { fault: "hang", times: 0 },
        { fault: "redirect", options: { location: "a\r\nb" } },
        {}
      ]
      for (const body of wrong) {
        const { json, status } = yield* control("POST", "faults", body)
        assert.strictEqual(status, 400, JSON.stringify(body))
        assert.isAbove(json.message.length, 10)
      }
    })
  )

  it.scopedLive("expires and revokes tokens, all, of one client, or one", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      const tokens = yield* Effect.all([getToken(ask), getToken(ask), getToken(ask)])
      const works = (index: number) => statusOf(ask("GET", payment, undefined, withToken(tokens[index] ?? "")))
      assert.deepStrictEqual((yield* control("POST", "tokens/revoke", { id: 0 })).json, { count: 1 })
      assert.deepStrictEqual([yield* works(0), yield* works(1)], [401, 200])
      const states = (yield* control("GET", "state")).json.tokens.map(({ state }: { state: string }) => state)
      assert.deepStrictEqual(states, ["revoked", "live", "live"])
      assert.deepStrictEqual((yield* control("POST", "tokens/expire", { clientId: "27ae41e4" })).json, { count: 0 })
      assert.deepStrictEqual((yield* control("POST", "tokens/expire", { clientId: "e3b0c442" })).json, { count: 2 })
      assert.strictEqual(yield* works(2), 401)
      assert.strictEqual((yield* control("GET", "state")).json.liveTokens, 0)
    })
  )

  it.scopedLive("sets lifetimes", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      const lifetimes = yield* control("PUT", "lifetime", { lifetime: "30 seconds", flow: "standard" })
      assert.deepStrictEqual(lifetimes.json, { standard: 30_000, specialized: 900_000 })
      assert.strictEqual((yield* ask("POST", "/accesstoken/get", "", standardKeys)).json.expires_in, "29")
      const short = yield* control("PUT", "lifetime", { lifetime: "90s" })
      assert.deepStrictEqual(short.json, { standard: 90_000, specialized: 90_000 })
      const empty = yield* control("PUT", "lifetime")
      assert.strictEqual(empty.status, 400)
      assert.strictEqual(empty.json.message, 'The body is empty; send JSON such as {"lifetime":"90s"}.')
      for (const lifetime of ["long", -1, "Infinity", null, "1 day 1 hour"]) {
        assert.strictEqual(yield* statusOf(control("PUT", "lifetime", { lifetime })), 400, String(lifetime))
      }
    })
  )

  it.scopedLive("accepts, rotates and refuses keys, and approves payments", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      const keys = {
        clientId: "0f0f0f0f-0000-4000-8000-000000000001",
        clientSecret: "first-1",
        subscriptionKey: "sub-key-1"
      }
      const request = (secret: string) =>
        statusOf(
          ask("POST", "/accesstoken/get", "", {
            client_id: keys.clientId,
            client_secret: secret,
            "ocp-apim-subscription-key": keys.subscriptionKey
          })
        )
      assert.strictEqual(yield* request("first-1"), 401)
      assert.strictEqual(yield* statusOf(control("PUT", "keys", keys)), 204)
      assert.strictEqual(yield* request("first-1"), 200)
      yield* control("PUT", "keys", { ...keys, clientSecret: "second-2" })
      assert.deepStrictEqual([yield* request("first-1"), yield* request("second-2")], [401, 200])
      assert.strictEqual(yield* statusOf(control("DELETE", "keys", { clientId: keys.clientId })), 204)
      assert.strictEqual(yield* request("second-2"), 401)
      assert.strictEqual(yield* statusOf(control("DELETE", "keys", { clientId: keys.clientId })), 404)

      const partner = { ...keys, merchants: ["123456"] }
      assert.strictEqual(yield* statusOf(control("PUT", "keys", partner)), 204)
      assert.strictEqual(yield* statusOf(control("PUT", "keys", { ...keys, subscriptionKey: undefined })), 204)
      const malformed = [
        { ...keys, clientSecret: "two words-canary" },
        { ...keys, clientSecret: { value: "canary" } },
        { ...keys, clientSecret: ["canary"] },
        { ...keys, merchantSerialNumber: "canary" },
        { ...keys, merchants: ["123456", "canary"] },
        { clientSecret: "canary" },
        ["canary"],
        "canary"
      ]
      for (const body of malformed) {
        const { status, text } = yield* control("PUT", "keys", body)
        assert.strictEqual(status, 400)
        assert.notInclude(text, "canary")
      }

      assert.strictEqual(yield* statusOf(control("POST", "payments/no-such-order/approve")), 404)
      yield* ask("GET", payment, undefined, withToken(yield* getToken(ask)))
      assert.strictEqual(yield* statusOf(control("POST", "payments/order-1001/approve")), 204)
    })
  )

  it.scopedLive("resets everything", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served({ lifetime: "2 minutes", faults: [{ fault: Fault.sameToken, times: 3 }] })
      const before = yield* control("GET", "state")
      const token = yield* getToken(ask)
      yield* control("POST", "faults", { fault: "hang", times: "always" })
      yield* control("PUT", "lifetime", { lifetime: 5 })
      yield* control("DELETE", "keys", { clientId: "e3b0c442" })
      assert.strictEqual(yield* statusOf(control("POST", "reset")), 204)

      const after = yield* control("GET", "state")
      assert.deepStrictEqual({ ...after.json, now: 0 }, { ...before.json, now: 0 })
      assert.deepStrictEqual((yield* control("GET", "requests")).json.requests, [])
      assert.strictEqual(yield* statusOf(ask("GET", payment, undefined, withToken(token))), 401)
      assert.strictEqual((yield* ask("POST", "/accesstoken/get", "", standardKeys)).json.expires_in, "119")
    })
  )

  it.scopedLive("sends events as things change", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* served()
      const response = yield* Effect.promise(() => fetch(new URL("/__emulator/events", server.url)))
      assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      yield* Effect.addFinalizer(() => Effect.promise(() => reader?.cancel() ?? Promise.resolve()))
      let received = ""
      const readUntil = (text: string) =>
        Effect.promise(async () => {
          while (!received.includes(text)) received += (await reader?.read())?.value ?? ""
        })
      yield* readUntil("event: findings")
      yield* ask("POST", "/accesstoken/get", "", standardKeys)
      yield* readUntil('"outcome":"answered"')
      yield* readUntil('"liveTokens":1')
      yield* readUntil("no-system-headers")
      yield* ask("DELETE", "/__emulator/requests")
      yield* readUntil("event: cleared")
    })
  )

  it.scopedLive("has documentation that needs no network, and answers 404 to unknown paths", () =>
    Effect.gen(function* () {
      const { control, ask } = yield* served()
      const docs = yield* control("GET", "docs")
      assert.include(docs.text, "/__emulator/tokens/revoke")
      assert.notMatch(docs.text, /(src|href)="(https?:)?\/\//)
      assert.notInclude(docs.text, "$ref")
      assert.match(docs.text, /curl -X POST .* http:\/\/127\.0\.0\.1:\d+\/__emulator\/faults -d '{&quot;fault&quot;/)
      assert.strictEqual((yield* control("GET", "openapi.json")).json.openapi, "3.1.0")
      assert.strictEqual(yield* statusOf(control("GET", "nowhere")), 404)
      for (const [method, path, message] of [
        ["PATCH", "state", "state takes GET."],
        ["GET", "reset", "reset takes POST."],
        ["PUT", "faults", "faults takes GET and POST and DELETE."]
      ] as const) {
        const { json, status } = yield* control(method, path, method === "GET" ? undefined : {})
        assert.strictEqual(status, 405)
        assert.include(json.message, message)
      }
      assert.strictEqual((yield* ask("GET", "/", undefined, { accept: "text/html" })).status, 200)
      const without = yield* served({ page: false })
      assert.strictEqual(yield* statusOf(without.control("GET", "")), 404)
      assert.strictEqual(without.server.pageUrl, undefined)
    })
  )
})

describe("access to the control API", () => {
  it.scopedLive("is limited to its own host names", () =>
    Effect.gen(function* () {
      const { server } = yield* served()
      const state = new URL("/__emulator/state", server.url)
      for (const host of ["127.0.0.1", `localhost:${server.url.port}`, "[::1]:1"]) {
        assert.strictEqual(yield* rawRequest(state, { host }), 200, host)
      }
      for (const host of [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "127.0.0.1@evil.example"
      ]) {
        assert.strictEqual(yield* rawRequest(state, { host }), 421, host)
      }
      // Vipps' own endpoints are for any name: containers and proxies have theirs.
      const token = new URL("/accesstoken/get", server.url)
      assert.strictEqual(yield* rawRequest(token, { host: "vipps", ...standardKeys }, "POST"), 200)
    })
  )

  it.scopedLive("is refused to pages of other origins, and to forms", () =>
    Effect.gen(function* () {
      const { control, server } = yield* served()
      const url = new URL("/__emulator/reset", server.url)
      const json = { "content-type": "application/json" }
      const allowed: ReadonlyArray<Record<string, string>> = [
        json,
        { "content-type": "Application/JSON; charset=utf-8" },
        { ...json, origin: server.url.origin, "sec-fetch-site": "same-origin" }
      ]
      const refused: ReadonlyArray<Record<string, string>> = [
        {},
        { "content-type": "text/plain" },
        { "content-type": "application/x-www-form-urlencoded" },
        { "content-type": "multipart/form-data; boundary=application/json" },
        { "content-type": "text/plain; application/json" },
        { ...json, origin: "https://evil.example" },
        { ...json, origin: "null" },
        { ...json, "sec-fetch-site": "cross-site" },
        { ...json, "sec-fetch-site": "same-site" }
      ]
      for (const headers of allowed)
        assert.strictEqual(yield* rawRequest(url, headers, "POST"), 204, JSON.stringify(headers))
      for (const headers of refused) {
        assert.include([403, 415], yield* rawRequest(url, headers, "POST"), JSON.stringify(headers))
      }
      assert.isNull((yield* control("GET", "state")).headers.get("access-control-allow-origin"))
    })
  )

  it.scopedLive("is refused to large bodies, with or without a length, and to anything but JSON", () =>
    Effect.gen(function* () {
      const { control, server } = yield* served()
      const large = `{"fault":"${"a".repeat(10_000_000)}"}`
      assert.include(
        [413, -1],
        yield* rawRequest(
          new URL("/__emulator/faults", server.url),
          { "content-type": "application/json" },
          "POST",
          large
        )
      )
      const chunked = { "content-type": "application/json", "transfer-encoding": "chunked" }
      assert.include([413, -1], yield* rawRequest(new URL("/__emulator/faults", server.url), chunked, "POST", large))
      for (const body of ["{", "fault=hang", "\u0000"]) {
        assert.strictEqual(yield* statusOf(control("POST", "faults", body)), 400)
      }
      for (const body of ["[]", "null", '"hang"', `${"[".repeat(3000)}${"]".repeat(3000)}`]) {
        assert.strictEqual(yield* statusOf(control("POST", "faults", body)), 400, body.slice(0, 10))
      }
      assert.strictEqual(yield* statusOf(control("GET", "health")), 200)
    })
  )
})
