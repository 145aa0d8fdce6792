/**
 * The majors of ioredis that the peer range admits: the tests of RedisTokenStore run with each, in projects of their
 * own.
 */
import { assert, it } from "@effect/vitest"
import { Redis } from "ioredis"
import { Redis as Redis6 } from "ioredis6"

it("is the major that the project is for", () => {
  const [used, six]: ReadonlyArray<unknown> = [Redis, Redis6]
  assert.strictEqual(used === six, process.env.IOREDIS_MAJOR === "6")
})
