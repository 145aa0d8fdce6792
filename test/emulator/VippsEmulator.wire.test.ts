import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpServer from "@effect/platform/HttpServer"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { StandardFlow } from "effect-vipps-token"
import { Fault, VippsEmulator } from "effect-vipps-token/testing"
import { askSpecialized, askStandard, getLedgers, getPayment, statusOf, tokenOf } from "../fixtures/emulatorRequests.js"

const Server = VippsEmulator.layerServer.pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

const clients = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layer
}

/** What a caller sees of an answer, body and all, or how it fails. */
const outcome = Effect.flatMap(askStandard(), (response) => Effect.as(response.text, response.status)).pipe(
  Effect.catchAll((error) => Effect.succeed(error._tag))
)

for (const [name, Client] of Object.entries(clients)) {
  describe(`behind a socket, asked by ${name}`, () => {
    const wired = <A, E>(test: Effect.Effect<A, E, VippsEmulator | HttpClient.HttpClient>) =>
      Effect.provide(test, Layer.mergeAll(Server, Client))

    it.live("both endpoints and the APIs answer as they do in memory", () =>
      wired(
        Effect.gen(function* () {
          const emulator = yield* VippsEmulator
          const standard = yield* askStandard()
          const specialized = yield* askSpecialized({}, "grant_type=client_credentials&scope=a")

          assert.match(emulator.baseUrl.href, /^http:\/\/127\.0\.0\.1:\d+\/$/)
          assert.deepInclude(yield* standard.json, { token_type: "Bearer", expires_in: "3599" })
          assert.strictEqual(standard.headers["cache-control"], "no-store, no-cache")
          assert.deepInclude(yield* specialized.json, { expires_in: 900, scope: "a" })
          assert.strictEqual(yield* statusOf(getPayment(yield* tokenOf(standard))), 200)
          assert.strictEqual(yield* statusOf(getLedgers(yield* tokenOf(specialized))), 200)
          assert.strictEqual(yield* statusOf(askStandard({}, "/nowhere")), 404)

          const [first, second] = yield* emulator.requests
          assert.strictEqual(first?.headers["content-length"], "0")
          assert.strictEqual(first?.url, `${emulator.baseUrl.href}accesstoken/get`)
          assert.strictEqual(second?.body, "grant_type=client_credentials&scope=a")
        })
      )
    )

    it.live("connections really break, before an answer and within it", () =>
      wired(
        Effect.gen(function* () {
          const emulator = yield* VippsEmulator
          yield* emulator.fault(Fault.cutConnection)
          assert.strictEqual(yield* Effect.timeout(outcome, "2 seconds"), "RequestError")
          yield* emulator.fault(Fault.cutMidBody)
          assert.strictEqual(yield* Effect.timeout(outcome, "2 seconds"), "ResponseError")
          assert.strictEqual(yield* outcome, 200)
        })
      )
    )

    it.live("a body drips or hangs on demand", () =>
      wired(
        Effect.gen(function* () {
          const emulator = yield* VippsEmulator
          const received = yield* Ref.make(0)
          yield* emulator.fault(Fault.drip({ pause: "1 millis", bytes: 200 }))
          const dripping = yield* askStandard()
          yield* Stream.runForEach(dripping.stream, () => Ref.update(received, (pieces) => pieces + 1))
          assert.isAbove(yield* Ref.get(received), 2)

          yield* emulator.fault(Fault.hangMidBody)
          assert.isTrue(Option.isNone(yield* Effect.timeoutOption(outcome, "100 millis")))
          yield* emulator.fault(Fault.hang)
          assert.isTrue(Option.isNone(yield* Effect.timeoutOption(askStandard(), "100 millis")))
          assert.strictEqual(yield* outcome, 200)
        })
      )
    )

    it.live("a caller that disconnects ends its answer", () =>
      wired(
        Effect.gen(function* () {
          const emulator = yield* VippsEmulator
          const left = yield* Deferred.make<void>()
          const endless = Effect.onInterrupt(Effect.never, () => Deferred.succeed(left, undefined))
          yield* emulator.fault({ name: "endless", play: () => endless })
          const asking = yield* Effect.fork(askStandard())
          yield* arrived(emulator.requests, 1)
          assert.isFalse(yield* Deferred.isDone(left))
          yield* Fiber.interrupt(asking)
          yield* Effect.timeout(Deferred.await(left), "5 seconds")
        })
      )
    )

    it.live("10 MB arrive", () =>
      wired(
        Effect.gen(function* () {
          const emulator = yield* VippsEmulator
          yield* emulator.fault(Fault.hugeBody())
          const response = yield* askStandard()
          const length = yield* Stream.runFold(response.stream, 0, (sum, bytes) => sum + bytes.length)
          assert.strictEqual(length, 10_000_000)
        })
      )
    )

    it.live("closing does not wait for answers that hang, drip or are not read", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const running = yield* Layer.buildWithScope(Server, scope)
        const { fault, requests } = Context.get(running, VippsEmulator)
        const faults = [Fault.hang, Fault.hangMidBody, Fault.drip({ pause: "1 hour" }), Fault.slow("1 hour")]
        for (const each of faults) yield* fault(each)
        const asking = yield* Effect.forEach(faults, () => Effect.fork(Effect.provide(outcome, running)))
        yield* arrived(requests, faults.length)
        yield* fault(Fault.hugeBody())
        const unread = yield* Effect.provide(askStandard(), running)

        const [took] = yield* Effect.timed(Effect.timeout(Scope.close(scope, Exit.void), "5 seconds"))
        const outcomes = yield* Fiber.join(Fiber.all(asking)).pipe(Effect.timeout("5 seconds"))

        assert.strictEqual(unread.status, 200)
        assert.isBelow(Duration.toMillis(took), 1000)
        for (const each of outcomes) assert.match(String(each), /^(Request|Response)Error$/)
      }).pipe(Effect.provide(Client))
    )
  })
}

/** Requests come by a real wire, so it takes real time until so many have been seen. */
const arrived = (requests: Effect.Effect<ReadonlyArray<unknown>>, count: number) =>
  Effect.repeat(requests, { until: (seen) => seen.length >= count, schedule: Schedule.spaced("5 millis") }).pipe(
    Effect.timeout("5 seconds"),
    Effect.withClock(Clock.make())
  )

describe("behind a socket", () => {
  it.effect("slow answers and token lifetimes follow TestClock here too", () =>
    Effect.gen(function* () {
      const { fault, requests } = yield* VippsEmulator
      const token = yield* Effect.flatMap(askStandard(), tokenOf)
      yield* fault(Fault.slow("1 hour"))
      const waiting = yield* Effect.fork(askStandard())
      yield* arrived(requests, 2)
      assert.strictEqual(yield* statusOf(getPayment(token)), 200)
      yield* TestClock.adjust("1 hour")

      assert.deepInclude(yield* Effect.flatMap(Fiber.join(waiting), (_) => _.json), { expires_on: "7199" })
      assert.strictEqual(yield* statusOf(getPayment(token)), 401)
    }).pipe(Effect.provide(Layer.mergeAll(Server, NodeHttpClient.layerUndici)))
  )

  it.live("the emulator takes no part in the caller's trace, where its headers would show keys", () =>
    Effect.gen(function* () {
      const native = yield* Effect.tracer
      const names: Array<string> = []
      const recording = Tracer.make({
        ...native,
        span: (name, ...rest) => {
          names.push(name)
          return native.span(name, ...rest)
        }
      })
      yield* askStandard().pipe(
        Effect.provide(Layer.mergeAll(Server, NodeHttpClient.layerUndici)),
        Effect.withTracer(recording)
      )
      assert.deepStrictEqual(names, ["http.client POST"])
    })
  )

  it.live("layerConfigProvider points the flows at the socket", () =>
    Effect.gen(function* () {
      const token = yield* Effect.flatMap(StandardFlow, (flow) => flow.request)
      assert.strictEqual(token.flow, "standard")
    }).pipe(
      Effect.provide(
        StandardFlow.layerConfig().pipe(
          Layer.provide(VippsEmulator.layerConfigProvider()),
          Layer.provide(Layer.mergeAll(Server, NodeHttpClient.layerUndici))
        )
      )
    )
  )

  it.effect("a server on all interfaces is reached over loopback, one on IPv6 by its address", () =>
    Effect.gen(function* () {
      const baseUrlOf = (hostname: string) =>
        Effect.map(VippsEmulator, ({ baseUrl }) => baseUrl.href).pipe(
          Effect.provide(VippsEmulator.layerServer),
          Effect.provideService(HttpServer.HttpServer, idleServer({ _tag: "TcpAddress", hostname, port: 8080 }))
        )
      assert.strictEqual(yield* baseUrlOf("0.0.0.0"), "http://127.0.0.1:8080/")
      assert.strictEqual(yield* baseUrlOf("::1"), "http://[::1]:8080/")

      const onAPath = yield* Effect.exit(
        Effect.provideService(
          Effect.provide(VippsEmulator, VippsEmulator.layerServer),
          HttpServer.HttpServer,
          idleServer({ _tag: "UnixAddress", path: "/tmp/vipps.sock" })
        )
      )
      assert.isTrue(Exit.isFailure(onAPath))
    })
  )
})

/** Only its address matters. */
const idleServer = (address: HttpServer.Address) => HttpServer.make({ address, serve: () => Effect.void })

describe("the server of the command line", () => {
  it("is not imported by the library's entry points", () => {
    const source = (file: string) => fileURLToPath(new URL(`../../src/${file}`, import.meta.url))
    const reached = new Set(["index.ts", "testing.ts", "RedisTokenStore.ts"].map(source))
    for (const file of reached) {
      for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)\.js"/g)) {
        reached.add(`${resolve(dirname(file), path)}.ts`)
      }
    }
    assert.isAbove(reached.size, 50)
    assert.isTrue([...reached].some((file) => file.includes("/emulator/tokens/")))
    for (const file of reached) assert.notMatch(file, /internal\/(emulator\/(control\/|server)|cli\/)/)
  })
})

describe("where a server is shown", () => {
  it("F71 it names the host it listens on", () => {
    const files = ["src", "test", "examples", "README.md"].flatMap((top) => {
      const path = fileURLToPath(new URL(`../../${top}`, import.meta.url))
      return top.endsWith(".md")
        ? [path]
        : readdirSync(path, { recursive: true, encoding: "utf8" })
            .filter((file) => /\.(ts|md|sh|yml)$/.test(file))
            .map((file) => `${path}/${file}`)
    })
    const shown = files.flatMap((file) =>
      Array.from(
        readFileSync(file, "utf8").matchAll(/(?:NodeHttpServer|BunHttpServer)\.layer\(([\s\S]{0,160})/g),
        ([, options = ""]) => ({
          file,
          options
        })
      )
    )
    assert.isAtLeast(shown.length, 5)
    for (const { file, options } of shown) assert.include(options, "host", file)
  })
})
