/** F47 and F70 of docs/failures.md: renewals of refused tokens belong to the key. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { globalValue } from "effect/GlobalValue"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { TokenFlow } from "../../src/TokenFlow.js"
import { TokenKey } from "../../src/TokenFlow.js"
import type { TokenSource } from "../../src/TokenSource.js"
import { VippsClient } from "../../src/VippsClient.js"
import { MerchantSerialNumber } from "../../src/VippsEnvironment.js"
import { type Api, apiOf, clientOf, refusing, tokenOf } from "../fixtures/apiClients.js"
import { cacheWith, sourceOf } from "../fixtures/caches.js"
import { standardKeys } from "../fixtures/keys.js"
import { atRest } from "../fixtures/passingTime.js"
import { type Respond, recordingClient } from "../fixtures/recordingClient.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import {
  type Answer,
  delayed,
  granted,
  hanging,
  type ScriptedFlow,
  scriptedFlow,
  unavailable,
  wrongKeys
} from "../fixtures/scriptedFlow.js"
import { refusingOld } from "../fixtures/suspectedTokens.js"

const merchantHeader = "merchant-serial-number"

const refusingAll = refusing(() => true)

const status = ({ client }: Pick<Api, "client">, path = "/") =>
  Effect.map(client.get(path), (response) => response.status)

const asking = (api: Pick<Api, "client">, serialNumber: string) =>
  VippsClient.withMerchantSerialNumber(MerchantSerialNumber.make(serialNumber))(status(api))

/** All that a spread copies, and what it does not of a class. */
const copyOf = (source: TokenSource): TokenSource => ({
  ...source,
  refresh: source.refresh,
  invalidate: source.invalidate,
  status: source.status
})

/** A source of five members, made by hand. */
const byHand = (flow: TokenFlow, get: TokenSource["get"], refresh: TokenSource["refresh"]): TokenSource => ({
  flow,
  get,
  refresh,
  invalidate: () => Effect.void,
  status: Effect.dieMessage("not asked for")
})

/** No member of it is its own, and none works on a copy. */
class InheritingFlow implements TokenFlow {
  readonly #flow: TokenFlow
  constructor(flow: TokenFlow) {
    this.#flow = flow
  }
  get name() {
    return this.#flow.name
  }
  get label() {
    return this.#flow.label
  }
  get key() {
    return this.#flow.key
  }
  get baseUrl() {
    return this.#flow.baseUrl
  }
  get request() {
    return this.#flow.request
  }
}

let made = 0
const newKey = () => `by hand ${made++}`

it.scoped("F56 a source whose refresh throws when it is looked at costs its callers their answer, and no time", () =>
  Effect.gen(function* () {
    const flow = scriptedFlow({ key: newKey() })
    const { get } = yield* sourceOf(flow)
    const throwing = Object.defineProperty(byHand(flow, get, Effect.never), "refresh", {
      get: () => {
        throw new Error("a bug in the source")
      }
    })
    const client = yield* clientOf(throwing, recordingClient(refusing(() => true)).client)
    for (let n = 0; n < 2; n++) {
      const refused = yield* Effect.fork(Effect.exit(client.get("/payments")))
      yield* TestClock.adjust(1)
      assert.isTrue(Option.isSome(yield* Fiber.poll(refused)))
    }
  })
)

it.scoped("F47 a source wrapped by hand keeps to one renewal, even if another cache had its flow and was closed", () =>
  Effect.gen(function* () {
    const flow = scriptedFlow({ key: newKey() })
    const { get, invalidate, refresh, status: told } = yield* sourceOf(flow)
    const other = yield* Scope.make()
    yield* Effect.provideService(sourceOf(flow), Scope.Scope, other)
    yield* Scope.close(other, Exit.void)
    const wrapper = { flow, get, invalidate, refresh, status: told }
    const client = yield* clientOf(wrapper, recordingClient(refusing(() => true)).client)
    for (let merchant = 1000; merchant < 1010; merchant++) {
      yield* VippsClient.withMerchantSerialNumber(MerchantSerialNumber.make(String(merchant)))(client.get("/payments"))
    }
    assert.strictEqual(flow.sentAt.length, 2)
  })
)

describe("F47 a source wrapped by hand, beside the one of the cache", () => {
  for (const wrapperFirst of [false, true]) {
    it.scoped(
      `has the same renewals, ${wrapperFirst ? "even if its request is the first" : "if it comes second"}`,
      () =>
        Effect.gen(function* () {
          const flow = scriptedFlow()
          flow.next(granted("1 hour"), delayed("300 millis", granted("1 hour")))
          const { client, source } = yield* apiOf(flow, refusingOld())
          const { get, invalidate, refresh, status: told } = source
          const wrapper: TokenSource = { flow: source.flow, get, invalidate, refresh, status: told }
          const wrapped = yield* clientOf(wrapper, recordingClient(refusingOld()).client)
          yield* source.get
          yield* TestClock.adjust("1 minute")
          const apis = wrapperFirst ? [{ client: wrapped }, { client }] : [{ client }, { client: wrapped }]
          const callers = yield* Effect.fork(Effect.forEach(apis, (api) => status(api), { concurrency: 2 }))
          yield* TestClock.adjust("2 seconds")
          assert.deepStrictEqual(yield* Fiber.join(callers), [200, 200])
          assert.strictEqual(flow.sentAt.length, 2)
        })
    )
  }
})

describe("F47 one renewal for all who were refused", () => {
  /** Each request by a client of its own, over one of these sources. */
  const renewalsOver = (sources: (source: TokenSource, number: number) => TokenSource) =>
    Effect.gen(function* () {
      const flow = scriptedFlow({ key: newKey() })
      flow.next(granted("1 hour"), delayed("1 second", granted("1 hour")))
      const source = yield* sourceOf(flow)
      yield* source.get
      const { client: below } = recordingClient(refusingOld())
      const callers = yield* Effect.fork(
        Effect.forEach(
          Array.from({ length: 20 }, (_, number) => sources(source, number)),
          (one) => Effect.flatMap(clientOf(one, below), (client) => status({ client })),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...new Set(yield* Fiber.join(callers))], [200])
      return flow.sentAt.length - 1
    })

  const cases: Readonly<Record<string, (source: TokenSource, number: number) => TokenSource>> = {
    "a client for each request": (source) => source,
    "copies of the source": copyOf,
    "copies of copies": (source) => copyOf(copyOf(source)),
    "copies with a flow of another label": (source, number) => ({
      ...copyOf(source),
      flow: { ...source.flow, label: `shop ${number}` }
    }),
    wrappers: (source) => ({ ...copyOf(source), get: Effect.tap(source.get, () => Effect.void) }),
    proxies: (source) =>
      new Proxy(source, { get: (target, name) => Reflect.get(target, name, target) satisfies unknown }),
    "sources made by hand": ({ flow, get, refresh }) => byHand(flow, get, refresh),
    "sources made by hand, with flows of other labels": ({ flow, get, refresh }, number) =>
      byHand({ ...flow, label: `shop ${number}` }, get, refresh)
  }
  for (const [what, sources] of Object.entries(cases)) {
    it.scoped(what, () => Effect.map(renewalsOver(sources), (renewals) => assert.strictEqual(renewals, 1)))
  }

  it.scoped("handles of a flow that is an object of a class", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow({ key: newKey() })
      flow.next(granted("1 hour"), delayed("1 second", granted("1 hour")))
      const cache = yield* cacheWith()
      const source = yield* cache.source(new InheritingFlow(flow))
      yield* source.get
      const client = yield* clientOf(
        byHand(source.flow, source.get, source.refresh),
        recordingClient(refusingOld()).client
      )
      const callers = yield* Effect.fork(Effect.all([status({ client }), status({ client })], { concurrency: 2 }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(callers), [200, 200])
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("handles of one key that are got from the cache again and again", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow({ key: newKey() })
      flow.next(granted("1 hour"), delayed("1 second", granted("1 hour")))
      const cache = yield* cacheWith()
      const { client: below } = recordingClient(refusingOld())
      const request = Effect.flatMap(cache.source({ ...flow }), (source) =>
        Effect.flatMap(clientOf(source, below), (client) => status({ client }))
      )
      const callers = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 20 }, () => request),
          { concurrency: 20 }
        )
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...new Set(yield* Fiber.join(callers))], [200])
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("but two caches are two, and so are two keys", () =>
    Effect.gen(function* () {
      const key = newKey()
      for (const flow of [scriptedFlow({ key }), scriptedFlow({ key }), scriptedFlow({ key: newKey() })]) {
        assert.strictEqual(yield* status(yield* apiOf(flow, refusingOld())), 200)
        assert.strictEqual(flow.sentAt.length, 2)
      }
    })
  )

  it.scoped("tokens are told apart by their value: a source that makes them anew is renewed", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow({ key: newKey() })
      const source = yield* sourceOf(flow)
      const { AccessToken } = yield* Effect.promise(() => import("../../src/AccessToken.js"))
      const anew: TokenSource["get"] = Effect.map(source.get, (token) =>
        AccessToken.make({
          value: Redacted.make(Redacted.value(token.value)),
          flow: token.flow,
          issuedAt: token.issuedAt,
          expiresIn: "1 hour"
        })
      )
      const client = yield* clientOf({ ...copyOf(source), get: anew }, recordingClient(refusingOld()).client)
      assert.strictEqual(yield* status({ client }), 200)
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("a copied flow with another label sends the subscription key, and the right key is not blamed", () =>
    Effect.gen(function* () {
      const subscriptionKey = "ocp-apim-subscription-key"
      const flow = {
        ...scriptedFlow({ key: newKey() }),
        apiHeaders: Redacted.make({ [subscriptionKey]: standardKeys.subscriptionKey, [merchantHeader]: "123456" }),
        secrets: Redacted.make([standardKeys.subscriptionKey])
      }
      const api = yield* apiOf({ ...flow, label: "shop" }, (request) =>
        refusing(({ headers }) => headers[subscriptionKey] !== standardKeys.subscriptionKey, {
          status: 401,
          body: {
            statusCode: 401,
            message: "Access denied due to missing subscription key. Make sure to include subscription key."
          }
        })(request)
      )
      assert.strictEqual(yield* status(api), 200)
      assert.strictEqual(api.requests[0]?.headers[merchantHeader], "123456")
    })
  )
})

describe("F70 at most one renewal in 30 seconds for a key", () => {
  it.scoped("a token that is revoked again and again is renewed every 30 seconds", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      // Each merchant is refused once: no replay is.
      let merchant = 1000
      const refused = new Set<string | undefined>()
      const api = yield* apiOf(flow, (request) => {
        const seen = refused.has(request.headers[merchantHeader])
        refused.add(request.headers[merchantHeader])
        return refusing(() => !seen)(request)
      })
      const next = Effect.suspend(() => asking(api, String(merchant++)))
      assert.strictEqual(yield* next, 200)
      assert.strictEqual(flow.sentAt.length, 2)
      yield* TestClock.adjust("29999 millis")
      assert.strictEqual(yield* next, 401)
      assert.strictEqual(flow.sentAt.length, 2)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* next, 200)
      assert.strictEqual(flow.sentAt.length, 3)
    })
  )

  it.scoped("ten merchants without rights cost a renewal in 30 seconds at most, and the others nothing", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.otherwise(granted("1 day"))
      const api = yield* apiOf(
        flow,
        refusing(({ headers }) => (headers[merchantHeader] ?? "").startsWith("99"))
      )
      for (let merchant = 1000; merchant < 1040; merchant++) {
        assert.strictEqual(yield* asking(api, `99${merchant % 10}000`), 401)
        assert.strictEqual(yield* asking(api, "123456"), 200)
        yield* TestClock.adjust("5 seconds")
      }
      assert.isAtMost(flow.sentAt.length - 1, 7)
    })
  )
})

describe("F70 the pause after a refused replay is the merchant's own", () => {
  /** A merchant without rights, and tokens that can be revoked. */
  const partner = Effect.gen(function* () {
    const flow = scriptedFlow()
    const revoked = new Set<string | undefined>()
    const api = yield* apiOf(
      flow,
      refusing((request) => request.headers[merchantHeader] === "999999" || revoked.has(tokenOf(request)))
    )
    return { api, flow, revoke: Effect.sync(() => revoked.add(`scripted-${flow.sentAt.length}`)) }
  })

  it.scoped("another merchant's revoked token is renewed all the same", () =>
    Effect.gen(function* () {
      const { api, flow, revoke } = yield* partner
      assert.strictEqual(yield* asking(api, "999999"), 401)
      assert.strictEqual(flow.sentAt.length, 2)
      yield* TestClock.adjust("30 seconds")
      yield* revoke
      assert.strictEqual(yield* asking(api, "999999"), 401)
      assert.strictEqual(flow.sentAt.length, 2, "its own pause")
      assert.strictEqual(yield* asking(api, "123456"), 200)
      assert.strictEqual(flow.sentAt.length, 3)
    })
  )

  it.scoped("requests without a serial number are a merchant of their own", () =>
    Effect.gen(function* () {
      const { api, flow, revoke } = yield* partner
      assert.strictEqual(yield* asking(api, "999999"), 401)
      yield* TestClock.adjust("30 seconds")
      yield* revoke
      assert.strictEqual(yield* status(api), 200)
      assert.strictEqual(flow.sentAt.length, 3)
    })
  )

  it.scoped("and one of theirs that is refused again pauses no merchant", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const api = yield* apiOf(
        flow,
        refusing(({ headers }) => headers[merchantHeader] === undefined || flow.sentAt.length === 2)
      )
      assert.strictEqual(yield* status(api), 401)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* status(api), 401)
      assert.strictEqual(flow.sentAt.length, 2, "their own pause")
      assert.strictEqual(yield* asking(api, "123456"), 200)
      assert.strictEqual(flow.sentAt.length, 3)
    })
  )

  const named = { [merchantHeader]: "999999" }
  const ways: Readonly<
    Record<string, (flow: ScriptedFlow) => readonly [TokenFlow, (api: Api) => Effect.Effect<number, unknown>]>
  > = {
    "the flow's own serial number": (flow) => [{ ...flow, apiHeaders: Redacted.make(named) }, status],
    "a serial number in the caller's header": (flow) => [
      flow,
      ({ client }) =>
        Effect.map(client.get("/", { headers: { "Merchant-Serial-Number": "999999" } }), ({ status }) => status)
    ]
  }
  for (const [what, way] of Object.entries(ways)) {
    it.scoped(`${what} counts as the merchant`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        const [own, request] = way(flow)
        const api = yield* apiOf(own, refusingAll)
        assert.strictEqual(yield* request(api), 401)
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(yield* asking(api, "999999"), 401)
        assert.strictEqual(flow.sentAt.length, 2)
        assert.strictEqual(yield* asking(api, "123456"), 401)
        assert.strictEqual(flow.sentAt.length, 3)
      })
    )
  }
})

describe("what is logged", () => {
  const warnings = (respond: Respond, ...answers: ReadonlyArray<Answer>) =>
    Effect.gen(function* () {
      const { logs, recorded } = recordingLogs()
      const flow = scriptedFlow({ key: newKey() })
      flow.next(granted("1 hour"), ...answers)
      const api = yield* apiOf(flow, respond)
      const requests = Effect.all(
        Array.from({ length: 10 }, () => Effect.exit(asking(api, "123456"))),
        { concurrency: 10 }
      )
      const callers = yield* Effect.fork(recorded(requests))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(callers)
      yield* recorded(asking(api, "123456")).pipe(Effect.exit)
      return { flow, warned: logs.filter(({ level }) => level === "WARN") }
    })

  it.scoped("a renewal is one WARN, with label, key and merchant", () =>
    Effect.gen(function* () {
      const { flow, warned } = yield* warnings(refusingOld(), delayed("1 second", granted("1 hour")))
      assert.strictEqual(warned.length, 1)
      assert.match(
        warned[0]?.message ?? "",
        /scripted.*401.*merchant serial number 123456.*new token is being requested/
      )
      assert.deepStrictEqual(warned[0]?.annotations, {
        "vipps.flow": flow.name,
        "vipps.label": "scripted",
        "vipps.key": flow.key,
        "vipps.merchantSerialNumber": "123456"
      })
    })
  )

  it.scoped("a pause is one WARN, however many replays are refused", () =>
    Effect.gen(function* () {
      const { warned } = yield* warnings(refusingAll, delayed("1 second", granted("1 hour")))
      assert.strictEqual(warned.length, 2)
      assert.match(warned[1]?.message ?? "", /5 minutes/)
      assert.strictEqual(warned[1]?.annotations["vipps.merchantSerialNumber"], "123456")
    })
  )

  it.scoped("a failed renewal is one WARN, with its reason", () =>
    Effect.gen(function* () {
      const { warned } = yield* warnings(refusingOld(), delayed("1 second", wrongKeys))
      assert.strictEqual(warned.length, 2)
      assert.match(warned[1]?.message ?? "", /30 seconds.*Check the client secret/s)
    })
  )

  it.scoped("a subscription key that the gateway refuses is one ERROR in 5 minutes, by whichever client", () => {
    const { logs, recorded } = recordingLogs()
    return recorded(
      Effect.gen(function* () {
        const message = "Access denied due to invalid subscription key. Make sure to provide a valid key."
        const { client: below } = recordingClient({ status: 401, body: { statusCode: 401, message } })
        const flow = scriptedFlow({ key: newKey() })
        const source = yield* sourceOf(flow)
        const request = Effect.flatMap(clientOf(source, below), (client) => Effect.flip(client.get("/")))
        const errors = () => logs.filter(({ level }) => level === "ERROR")
        const { message: sentence } = yield* request
        yield* TestClock.adjust("299999 millis")
        yield* request
        assert.deepStrictEqual(errors(), [
          {
            level: "ERROR",
            message: sentence,
            annotations: {
              "vipps.error": "InvalidCredentials",
              "vipps.flow": "standard",
              "vipps.label": "scripted",
              "vipps.key": flow.key
            }
          }
        ])
        yield* TestClock.adjust("1 millis")
        yield* request
        assert.strictEqual(errors().length, 2)
      })
    )
  })

  it.scoped("F56 a logger that throws costs the refusal of a subscription key nothing", () =>
    Effect.gen(function* () {
      const message = "Access denied due to invalid subscription key. Make sure to provide a valid key."
      const api = yield* apiOf(
        scriptedFlow({ key: newKey() }),
        refusing(() => true, { status: 401, body: { statusCode: 401, message } })
      )
      const throwing = Logger.make(() => {
        throw new Error("the logger is broken")
      })
      const error = yield* Effect.provide(Effect.flip(status(api)), Logger.replace(Logger.defaultLogger, throwing))
      assert.strictEqual(error._tag, "InvalidCredentials")
    })
  )

  it.scoped("a renewal that ends with its cache is no failure", () =>
    Effect.gen(function* () {
      const { logs, recorded } = recordingLogs()
      const flow = scriptedFlow({ key: newKey() })
      flow.next(granted("1 hour"), hanging)
      const scope = yield* Scope.make()
      const api = yield* Scope.extend(apiOf(flow, refusingOld()), scope)
      const caller = yield* Effect.fork(recorded(status(api)))
      yield* atRest
      assert.strictEqual(flow.sentAt.length, 2)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(caller)))
      yield* atRest
      assert.deepStrictEqual(
        logs.filter(({ message }) => message.includes("no new token")),
        []
      )
    })
  )

  it.scoped("a request that works logs nothing", () =>
    Effect.map(warnings(refusing(() => false)), ({ warned }) => assert.deepStrictEqual(warned, []))
  )
})

describe("whatever goes wrong, everybody who waits is told", () => {
  const source = (refresh: (flow: ScriptedFlow) => TokenSource["refresh"]) => {
    const flow = scriptedFlow({ key: newKey() })
    const current = granted("1 hour")({ flow, number: 1, atMillis: 0 })
    return { flow, source: byHand(flow, Effect.orDie(current), refresh(flow)) }
  }

  it.effect("F56 a logger that throws costs nobody anything", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow({ key: newKey() })
      flow.next(granted("1 hour"), delayed("1 second", granted("1 hour")))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const api = yield* apiOf(flow, refusingOld())
          yield* api.source.get
          const throwing = Logger.make(() => {
            throw new Error("the logger is broken")
          })
          const careless = yield* Effect.fork(
            Effect.provide(status(api), Logger.replace(Logger.defaultLogger, throwing))
          )
          yield* Effect.yieldNow()
          const other = yield* Effect.fork(status(api))
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* Fiber.join(other), 200)
          assert.strictEqual(yield* Fiber.join(careless), 200)
          assert.strictEqual(yield* status(api), 200)
          assert.strictEqual(flow.sentAt.length, 2)
        })
      )
    })
  )

  it.effect("a refresh that dies is the failure of all who wait, and the next one is tried after 30 seconds", () =>
    Effect.gen(function* () {
      let refreshes = 0
      const { source: dying } = source(() =>
        Effect.suspend(() => {
          refreshes += 1
          return Effect.delay(Effect.dieMessage("a defect"), "1 second")
        })
      )
      const client = yield* clientOf(dying, recordingClient(refusingAll).client)
      const callers = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 3 }, () => Effect.exit(client.get("/"))),
          { concurrency: 3 }
        )
      )
      yield* TestClock.adjust("1 second")
      for (const exit of yield* Fiber.join(callers)) assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(refreshes, 1)
      assert.strictEqual(yield* status({ client }), 401)
      yield* TestClock.adjust("30 seconds")
      yield* Effect.fork(client.get("/"))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(refreshes, 2)
    })
  )

  it.effect("F41 a refresh that never ends is lost after a minute: its callers are told, and another one begins", () =>
    Effect.gen(function* () {
      let refreshes = 0
      const { source: lost } = source((flow) =>
        Effect.suspend(() => {
          refreshes += 1
          return hanging({ flow, number: refreshes, atMillis: 0 })
        })
      )
      const client = yield* clientOf(lost, recordingClient(refusingAll).client)
      const first = yield* Effect.fork(Effect.flip(client.get("/")))
      yield* TestClock.adjust("60 seconds")
      assert.deepInclude(yield* Fiber.join(first), { _tag: "Unavailable", reason: "timeout" })
      yield* Effect.fork(client.get("/"))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(refreshes, 2)
    })
  )

  it.scoped("a failed renewal is the failure of all who wait", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow({ key: newKey() })
      flow.next(granted("1 hour"), delayed("1 second", unavailable()))
      const api = yield* apiOf(flow, refusingOld())
      yield* api.source.get
      const callers = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 5 }, () => Effect.flip(status(api))),
          { concurrency: 5 }
        )
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([...new Set((yield* Fiber.join(callers)).map(({ _tag }) => _tag))], ["Unavailable"])
    })
  )
})

describe("memory", () => {
  it.effect("of keys whose sources are made by hand is given back once nothing is pending", () =>
    Effect.gen(function* () {
      const kept = globalValue("effect-vipps-token/renewalsByKey", () => new Map<string, unknown>())
      const rejectedOnce = Effect.gen(function* () {
        const flow = { ...scriptedFlow({ key: "" }), key: TokenKey(newKey()) }
        const token = granted("1 hour")({ flow, number: 1, atMillis: 0 })
        const client = yield* clientOf(byHand(flow, Effect.orDie(token), token), recordingClient(refusingAll).client)
        yield* status({ client })
      })
      for (let round = 0; round < 5; round++) {
        yield* Effect.all(
          Array.from({ length: 40 }, () => rejectedOnce),
          { concurrency: "unbounded" }
        )
        yield* TestClock.adjust("5 minutes")
      }
      assert.isAtMost(kept.size, 100)
    })
  )
})
