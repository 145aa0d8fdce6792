/**
 * Processes of the bench's own: cases that must begin with a clean heap, and servers whose work is not the client's.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

export type Figures = Readonly<Record<string, number>>

/** Runs a file of this folder in a process of its own, and answers the figures that it tells. */
export const inProcess = async (
  file: string,
  args: ReadonlyArray<string>,
  flags: ReadonlyArray<string> = []
): Promise<Figures> => {
  const child = fork(pathOf(file), args, { execArgv: [...process.execArgv, ...flags] })
  const exit = once(child, "exit")
  const [message] = await Promise.race([
    once(child, "message"),
    exit.then(([code]) => {
      throw new Error(`${file} ${args.join(" ")} ended with ${code} and told nothing`)
    })
  ])
  await exit
  return figuresOf(message)
}

/** Tells the figures of this process to the one that has started it, and ends. */
export const tell = (figures: Figures): void => {
  process.send?.(figures, () => process.exit(0))
}

export interface Server {
  readonly url: string
  readonly stop: () => void
}

/** Starts a file of this folder that tells the port it listens on, and ends with this process. */
export const serve = async (file: string): Promise<Server> => {
  const child = fork(pathOf(file))
  const [port] = await once(child, "message")
  child.unref()
  child.channel?.unref()
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() }
}

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url))

const figuresOf = (message: unknown): Figures => {
  if (typeof message !== "object" || message === null) throw new Error("these are no figures")
  return Object.fromEntries(Object.entries(message).map(([name, value]) => [name, Number(value)]))
}
