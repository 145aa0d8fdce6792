/**
 * The end of the process. Node crashes in `process.exit` if the terminal in which it started has been closed: it cannot
 * give back the modes of that terminal. Then the process ends as one that has not caught SIGHUP, which a shell tells as
 * 129.
 */
import { isatty } from "node:tty"

const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))

export const exitProcess = (code: number): void => {
  // A terminal that is closed is none any more.
  if (terminals.every((descriptor) => isatty(descriptor))) process.exit(code)
  process.removeAllListeners("SIGHUP")
  process.kill(process.pid, "SIGHUP")
}
