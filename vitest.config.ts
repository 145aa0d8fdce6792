import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-vipps-token$/, replacement: source("index.ts") },
      { find: /^effect-vipps-token\/RedisTokenStore$/, replacement: source("RedisTokenStore.ts") },
      { find: /^effect-vipps-token\/testing$/, replacement: source("testing.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/redis.setup.ts"],
    setupFiles: ["test/fixtures/seed.ts"],
    testTimeout: 30_000
  }
})
