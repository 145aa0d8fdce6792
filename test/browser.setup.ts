/**
 * Before the tests of the page: a Chromium. CHROMIUM_PATH, else one on the PATH, else Debian's package where we are
 * root. Where none of these is possible, the tests say what to do, and fail.
 */
import { spawnSync } from "node:child_process"
import { chromiumBinary } from "./fixtures/browser.js"

export default (): void => {
  if (chromiumBinary() !== undefined || process.getuid?.() !== 0) return
  const apt = (...args: ReadonlyArray<string>) =>
    spawnSync("apt-get", args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).status
  if (apt("install", "-y", "--no-install-recommends", "chromium") === 0) return
  apt("update")
  apt("install", "-y", "--no-install-recommends", "chromium")
}
