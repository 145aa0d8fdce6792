/** The guard around a client: what the client sees of it, and that nothing of it is left behind. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type GuardOptions, guardClient } from "../../src/internal/http/guardedRequest.js"
import { responseOf } from "../fixtures/recordingClient.js"

const seen = Effect.gen(function* () {
  const context: Context.Context<never> = yield* Effect.context<never>()
  return {
    init: Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
    names: yield* FiberRef.get(Headers.currentRedactedNames)
  }
})
type Seen = Effect.Effect.Success<typeof seen>

const user = <A, E>(effect: Effect.Effect<A, E>) =>
  effect.pipe(
    Effect.provideService(FetchHttpClient.RequestInit, { keepalive: true, redirect: "follow" }),
    Effect.locally(Headers.currentRedactedNames, ["cookie", "authorization"])
  )
const usual: Seen = { init: { keepalive: true, redirect: "follow" }, names: ["cookie", "authorization"] }
const guarded: Seen = { init: { keepalive: true, redirect: "manual" }, names: ["cookie", "authorization", "x-secret"] }

const secretNames = ["authorization", "x-secret"]
const request = HttpClientRequest.get("https://api.example/")

/** A guarded client that does so at each request, and answers. */
const clientThat = (effect: Effect.Effect<unknown, HttpClientError.HttpClientError>, options?: Partial<GuardOptions>) =>
  guardClient(
    HttpClient.make((request) => Effect.map(effect, () => responseOf(request, {}))),
    { secretNames, ...options }
  )

const sendTo = (effect: Effect.Effect<unknown, HttpClientError.HttpClientError>) => clientThat(effect).execute(request)

/** What a client sees during a request of the user's. */
const seenDuring = (options?: Partial<GuardOptions>) => {
  const sights: Array<Seen> = []
  const looking = Effect.map(seen, (sight) => sights.push(sight))
  return Effect.as(clientThat(looking, options).execute(request), sights)
}

const failure = new HttpClientError.RequestError({ request, reason: "Transport" })

describe("a guarded client", () => {
  it.effect("F36 F37 follows no redirect and redacts its secrets, beside what the user has set", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* user(seenDuring()), [guarded])
      assert.deepStrictEqual(yield* user(seenDuring({ init: { cache: "no-store" } })), [
        { ...guarded, init: { ...guarded.init, cache: "no-store" } }
      ])
    })
  )

  it.effect("does so where the user has set nothing", () =>
    Effect.gen(function* () {
      const before = yield* seen
      const [during] = yield* seenDuring()
      assert.deepStrictEqual(during, { init: { redirect: "manual" }, names: [...before.names, "x-secret"] })
      assert.deepStrictEqual(yield* seen, before)
    })
  )

  for (const [end, effect] of Object.entries({
    success: Effect.void,
    failure: Effect.fail(failure),
    defect: Effect.die("no"),
    interruption: Effect.interrupt
  })) {
    it.effect(`leaves nothing behind in its fiber (${end})`, () =>
      Effect.gen(function* () {
        const expected = yield* Effect.exit(effect)
        const [exit, after] = yield* user(
          Effect.uninterruptibleMask((restore) => Effect.zip(Effect.exit(restore(sendTo(effect))), seen))
        )
        assert.deepStrictEqual(after, usual)
        assert.strictEqual(Exit.isSuccess(exit), Exit.isSuccess(expected))
        if (Exit.isFailure(expected)) assert.strictEqual(String(exit), String(expected))
      })
    )
  }

  it.effect("leaves nothing behind in its fiber for whoever cleans up after an interruption from outside", () =>
    Effect.gen(function* () {
      const sent = yield* Effect.makeLatch()
      const left: Array<unknown> = []
      const cleaningUp = Effect.onInterrupt(sendTo(Effect.zipRight(sent.open, Effect.never)), () =>
        Effect.map(seen, (after) => left.push(after))
      )
      const fiber = yield* Effect.fork(user(cleaningUp))
      yield* sent.await
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(left, [usual])
    })
  )

  it.effect("keeps what else was set meanwhile", () =>
    Effect.gen(function* () {
      const other = FiberRef.unsafeMake("before")
      yield* sendTo(FiberRef.set(other, "within"))
      assert.strictEqual(yield* FiberRef.get(other), "within")
    })
  )

  it.effect("is as interruptible as its caller", () =>
    Effect.gen(function* () {
      const found: Array<boolean> = []
      const sending = sendTo(Effect.checkInterruptible((is) => Effect.sync(() => found.push(is))))
      yield* sending
      yield* Effect.uninterruptible(sending)
      assert.deepStrictEqual(found, [true, false])
    })
  )
})

describe("F48 the RequestInit of the user reaches fetch", () => {
  const mine: RequestInit = { keepalive: true, headers: { "x-mine": "yes" }, redirect: "follow" }
  const given = Layer.succeed(FetchHttpClient.RequestInit, mine)

  /** What fetch is told by a guarded client of this layer. */
  const initsOver = (layer: Layer.Layer<HttpClient.HttpClient>, wrap = (client: HttpClient.HttpClient) => client) => {
    const inits: Array<RequestInit | undefined> = []
    const fetch: typeof globalThis.fetch = async (_, init) => {
      inits.push(init)
      return new Response()
    }
    return Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      yield* guardClient(wrap(client), { secretNames, init: { cache: "no-store" } }).execute(request)
      return inits
    }).pipe(Effect.provide(Layer.provide(layer, Layer.succeed(FetchHttpClient.Fetch, fetch))))
  }

  const check = (inits: ReadonlyArray<RequestInit | undefined>) => {
    assert.strictEqual(inits.length, 1)
    assert.deepInclude(inits[0], { keepalive: true, redirect: "manual", cache: "no-store" })
    assert.deepInclude({ ...inits[0]?.headers }, { "x-mine": "yes" })
  }

  const inLayer = FetchHttpClient.layer.pipe(Layer.provide(given))

  it.live("given to the layer of the client", () => Effect.map(initsOver(inLayer), check))

  it.live("given to the runtime", () => Effect.map(initsOver(FetchHttpClient.layer).pipe(Effect.provide(given)), check))

  it.live("given around the program", () =>
    Effect.map(initsOver(FetchHttpClient.layer).pipe(Effect.provideService(FetchHttpClient.RequestInit, mine)), check)
  )

  it.live("given by the client itself", () =>
    Effect.map(
      initsOver(
        FetchHttpClient.layer,
        HttpClient.transformResponse(Effect.provideService(FetchHttpClient.RequestInit, mine))
      ),
      check
    )
  )

  it.live("given to the layer of a client that filters, maps and retries", () =>
    Effect.map(
      initsOver(inLayer, (client) =>
        client.pipe(
          HttpClient.filterStatusOk,
          HttpClient.mapRequest(HttpClientRequest.setHeader("x-mapped", "yes")),
          HttpClient.retryTransient({ times: 2 })
        )
      ),
      check
    )
  )

  it.live("given to the layer and around the program: what is nearer counts, as without the guard", () =>
    Effect.map(
      initsOver(inLayer).pipe(Effect.provideService(FetchHttpClient.RequestInit, { credentials: "omit" })),
      ([init]) => {
        assert.deepInclude(init, { credentials: "omit", redirect: "manual" })
        assert.notProperty(init, "keepalive")
      }
    )
  )
})

describe("a User-Agent", () => {
  const sentBy = (wrap: (client: HttpClient.HttpClient) => HttpClient.HttpClient, init?: RequestInit) => {
    const sent: Array<string | undefined> = []
    const client = HttpClient.make((request) => {
      sent.push(request.headers["user-agent"])
      return Effect.succeed(responseOf(request, {}))
    })
    const guarded = guardClient(wrap(client), { secretNames, userAgent: "ours/1" }).execute(request)
    return Effect.as(
      init === undefined ? guarded : Effect.provideService(guarded, FetchHttpClient.RequestInit, init),
      sent
    )
  }

  it.effect("is set where the user has set none, be it by the client or by its RequestInit", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* sentBy((client) => client), ["ours/1"])
      const named = HttpClient.mapRequest(HttpClientRequest.setHeader("User-Agent", "theirs/1"))
      assert.deepStrictEqual(yield* sentBy(named), ["theirs/1"])
      for (const headers of [{ "User-Agent": "theirs/2" }, new globalThis.Headers({ "user-agent": "theirs/2" })]) {
        assert.deepStrictEqual(yield* sentBy((client) => client, { headers }), [undefined])
      }
    })
  )
})
