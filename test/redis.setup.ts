/**
 * Before all tests: a Redis. REDIS_URL, else redis-server or valkey-server on the PATH, else Debian's package where we
 * are root. Where none of these is possible, the tests that want one say what to do.
 */
import { spawnSync } from "node:child_process"
import { redisBinary } from "./fixtures/redisServer.js"

/** Installs without starting a service: tests start servers of their own. */
const install = (): void => {
  const apt = (...args: ReadonlyArray<string>) =>
    spawnSync("apt-get", args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).status
  if (apt("install", "-y", "--no-install-recommends", "redis-server") === 0) return
  apt("update")
  apt("install", "-y", "--no-install-recommends", "redis-server")
}

export default (): void => {
  if ((process.env.REDIS_URL ?? "") === "" && redisBinary() === undefined && process.getuid?.() === 0) install()
}
