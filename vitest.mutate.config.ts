/** For `npm run mutate`: the tests that are to notice a changed rule, those of the cache and of what it is made of. */
import { relative } from "node:path"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import config from "./vitest.config.js"

/** A mutant is over with the first test that fails: the quick files go first. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const { cache, config } = this.ctx
    const millis = ({ moduleId, project }: TestSpecification) =>
      cache.getFileTestResults(`${project.name}:${relative(config.root, moduleId)}`)?.duration ?? 0
    return files.toSorted((a, b) => millis(a) - millis(b))
  }
}

const { projects: _, ...test } = config.test ?? {}

export default defineConfig({
  ...config,
  test: {
    ...test,
    include: ["test/core/*.test.ts", "test/cache/*.test.ts", "test/exchange/refusal.facts.test.ts"],
    // They read the sources, wait for real processes, sockets and the garbage collector, or take a minute.
    exclude: ["test/core/portable.test.ts", "test/cache/{hotPath,TokenCache.{histories,memory,stopped,wire}}.test.ts"],
    // One worker for all files of a run, a new one for each mutant.
    isolate: false,
    sequence: { sequencer: QuickestFirst },
    testTimeout: 120_000
  }
})
