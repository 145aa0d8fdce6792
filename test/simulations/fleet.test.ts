/** F20 of docs/failures.md: a fleet that starts together does not refresh together. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as TestClock from "effect/TestClock"
import { cacheWith } from "../fixtures/caches.js"
import { draws } from "../fixtures/draws.js"
import { granted, scriptedFlow } from "../fixtures/scriptedFlow.js"
import { seed } from "../fixtures/seed.js"
import { fleet, limit, lives, peakPerSecond, schedule, softWindow } from "./fleet.js"

/** Effect's `Random`, but for its draws. */
const drawn = (draw: () => number): Random.Random => ({ ...Random.make("unused"), next: Effect.sync(draw) })

describe(`a thousand processes, started in the same second, SEED=${seed}`, () => {
  it("F20 with tokens of an hour they stay under 5 requests a second from their first refresh on", () => {
    for (let n = 0; n < 10; n++) {
      const { atStart, peak } = fleet(lives["1 h"], seed + n)
      assert.isBelow(peak, limit)
      assert.strictEqual(atStart, 100)
    }
  })

  for (const [life, lifeMillis] of Object.entries(lives)) {
    it(`F20 with tokens of ${life} they spread over an eighth of a life, and more with each refresh`, () => {
      const { waves } = fleet(lifeMillis, seed)
      const [first, second] = waves
      assert.isAbove(first?.spreadMillis ?? 0, 0.98 * (lifeMillis / 8))
      assert.isAbove(second?.spreadMillis ?? 0, 1.5 * (lifeMillis / 8))
      assert.isAbove(waves.at(-1)?.spreadMillis ?? 0, 3 * (lifeMillis / 8))
    })
  }

  it.scoped("F20 a real cache asks when its draw says, and draws again for each token", () =>
    Effect.gen(function* () {
      const lifeMillis = 15 * 60_000
      const processes = yield* Effect.forEach(Array.from({ length: 20 }), (_, process) =>
        Effect.gen(function* () {
          const flow = scriptedFlow()
          flow.otherwise(granted(lifeMillis))
          const cache = yield* Effect.withRandom(cacheWith({ softWindow }), drawn(draws(seed + process)))
          const source = yield* cache.source(flow)
          yield* source.get
          return { flow, requestedAt: schedule(lifeMillis, 0, 2, draws(seed + process)) }
        })
      )
      // A key that nobody asks for is refreshed for two lives.
      yield* TestClock.adjust(1.9 * lifeMillis)
      for (const { requestedAt, flow } of processes) {
        assert.strictEqual(flow.sentAt.length, 3)
        requestedAt.forEach((at, index) => {
          // Each refresh comes a whole millisecond after it is due, if at all: no clock knows less.
          assert.isAtLeast(flow.sentAt[index] ?? 0, Math.floor(at))
          assert.isAtMost(flow.sentAt[index] ?? 0, at + index + 1)
        })
      }
      assert.strictEqual(new Set(processes.map(({ flow }) => flow.sentAt[1])).size, 20)
    })
  )

  it("the peak is that of any ten seconds", () => {
    assert.strictEqual(peakPerSecond([]), 0)
    assert.strictEqual(peakPerSecond([0, 9999]), 0.2)
    assert.strictEqual(peakPerSecond([0, 10_000]), 0.1)
    assert.strictEqual(peakPerSecond([0, 6000, 12_000, 15_000]), 0.3)
  })
})
