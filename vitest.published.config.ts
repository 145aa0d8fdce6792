/** What users get: the packed tarball, in applications of its own. `npm run check:published` runs all of it. */
import { defineConfig } from "vitest/config"
import base from "./vitest.config.js"

export default defineConfig({
  ...base,
  test: {
    include: ["test/published/*.published.ts"],
    globalSetup: ["test/published/pack.ts"],
    // They wait for installations more than they compute.
    maxWorkers: 5,
    testTimeout: 180_000,
    hookTimeout: 180_000
  }
})
