import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url))

/** In a real browser. */
const pages = ["test/page/**/*.test.ts"]

/** Fifty processes at a time: while they run, no other test would have time to keep its deadlines. */
const fleets = ["test/store/RedisTokenStore.fleet.test.ts"]

/** What takes long: many histories, processes and servers that come to harm, programs. */
const thorough = [
  "test/cache/TokenCache.{ailingStore,histories,keys,lifecycle,shared,stopped}.test.ts",
  "test/cli/**/*.test.ts",
  "test/client/VippsClient.{clients,secrets,sweep}.test.ts",
  "test/documents/{examples,readme}.test.ts",
  "test/emulator/{control,server}/**/*.test.ts",
  "test/exchange/TokenFlow.{certificate,stopped}.test.ts",
  "test/exchange/anyAnswer.test.ts",
  "test/secrets/**/*.test.ts",
  "test/simulations/*.test.ts",
  "test/store/{RedisTokenStore.harm,RedisTokenStore.attacks,RedisTokenStore.peers,processes}.test.ts"
]

/** What needs a process of its own: it measures the heap, loads a second copy, or looks at what is printed. */
const alone = [
  "test/cache/TokenCache.{manyKeys,memory}.test.ts",
  "test/cache/hotPath.test.ts",
  "test/client/VippsClient.secondCopy.test.ts",
  "test/documents/docComments.test.ts"
]

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-vipps-token$/, replacement: source("index.ts") },
      { find: /^effect-vipps-token\/RedisTokenStore$/, replacement: source("RedisTokenStore.ts") },
      { find: /^effect-vipps-token\/testing$/, replacement: source("testing.ts") }
    ]
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "library",
          include: ["test/**/*.test.ts"],
          exclude: [...thorough, ...alone, ...fleets, ...pages],
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: { name: "thorough", include: thorough, testTimeout: 120_000, sequence: { groupOrder: 0 } }
      },
      { extends: true, test: { name: "alone", include: alone, testTimeout: 120_000, sequence: { groupOrder: 0 } } },
      {
        // The same tests with the other major of ioredis that the peer range admits.
        extends: true,
        resolve: { alias: [{ find: /^ioredis$/, replacement: "ioredis6" }] },
        test: {
          name: "ioredis6",
          include: ["test/store/ioredis.test.ts", "test/store/RedisTokenStore{,.attacks,.harm}.test.ts"],
          env: { IOREDIS_MAJOR: "6" },
          sequence: { groupOrder: 0 }
        }
      },
      // Fifty processes that start at once may be too much for a busy machine, whose store then answers too late.
      { extends: true, test: { name: "fleets", include: fleets, retry: 2, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          name: "page",
          include: pages,
          globalSetup: ["test/browser.setup.ts"],
          testTimeout: 120_000,
          sequence: { groupOrder: 0 }
        }
      }
    ],
    globalSetup: ["test/redis.setup.ts"],
    setupFiles: ["test/fixtures/seed.ts", "test/fixtures/ownTesters.ts"],
    testTimeout: 30_000,
    // The default leaves one processor idle, which is half of a small machine.
    maxWorkers: availableParallelism()
  }
})
