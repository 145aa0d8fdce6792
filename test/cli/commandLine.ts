/** The command line, within the process of the test and, as users have it, as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { VippsEmulator, type VippsEmulatorService } from "effect-vipps-token/testing"
import { bundleCli } from "../../esbuild.config.js"
import { execute } from "../../src/internal/cli/app.js"
import { Input } from "../../src/internal/cli/node/input.js"
import { Output } from "../../src/internal/cli/node/output.js"
import { type Signal, Signals } from "../../src/internal/cli/node/signals.js"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** The client within this process; by default Node's own. */
  readonly client?: Layer.Layer<HttpClient.HttpClient>
}

export interface CommandLine {
  /** Runs it to its end within this process: a process of its own takes a second. */
  readonly run: (args: ReadonlyArray<string>, options?: RunOptions) => Effect.Effect<Ended>
  /** Runs it to its end as a process. */
  readonly spawn: (args: ReadonlyArray<string>, options?: RunOptions) => Effect.Effect<Ended>
  /** Starts it, with what it has said so far. It is killed with the scope. */
  readonly start: (args: ReadonlyArray<string>, options?: RunOptions) => Effect.Effect<Started, never, Scope.Scope>
  /** The file, for shells. It is bundled when it is first wanted. */
  readonly file: Effect.Effect<string>
  /** Writes a file beside it, and answers its path. */
  readonly write: (name: string, text: string) => string
}

export interface Started {
  readonly child: ChildProcess
  readonly said: { stdout: string; stderr: string }
  readonly ended: Effect.Effect<Ended>
  /** Waits for a text on standard output or standard error. */
  readonly says: (text: string) => Effect.Effect<void>
}

export class Cli extends Context.Tag("test/Cli")<Cli, CommandLine>() {
  static readonly layer: Layer.Layer<Cli> = Layer.scoped(
    this,
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "vipps-cli-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      )
      const file = join(folder, "cli.mjs")
      const bundled = yield* Effect.cached(
        Effect.as(
          Effect.promise(() => bundleCli(file)),
          file
        )
      )
      const start = (args: ReadonlyArray<string>, options: RunOptions = {}) =>
        Effect.acquireRelease(
          Effect.map(bundled, (file) =>
            started(spawn(process.execPath, [file, ...args], { env: environment(options) }), options)
          ),
          ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
        )
      return {
        file: bundled,
        start,
        run: runWithin,
        spawn: (args, options) => Effect.scoped(Effect.flatMap(start(args, options), ({ ended }) => ended)),
        write: (name, text) => {
          writeFileSync(join(folder, name), text)
          return join(folder, name)
        }
      }
    })
  )
}

const runWithin = (
  args: ReadonlyArray<string>,
  { client = FetchHttpClient.layer, env = {}, stdin = "" }: RunOptions = {}
): Effect.Effect<Ended> => {
  const said = { stdout: "", stderr: "" }
  const services = Layer.mergeAll(
    Layer.succeed(Output, {
      value: (line) =>
        Effect.sync(() => {
          said.stdout += `${line}\n`
        }),
      note: (...lines) =>
        Effect.sync(() => {
          said.stderr += lines.map((line) => `${line}\n`).join("")
        }),
      isColourful: false
    }),
    Layer.succeed(Input, { text: Effect.succeed(stdin) }),
    Layer.effect(Signals, Queue.unbounded<Signal>()),
    NodeContext.layer,
    client,
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
  )
  return Effect.map(Effect.provide(execute(args), services), (code) => ({ code, ...said }))
}

/** Nobody's real keys have a part in a test. */
const environment = ({ env }: RunOptions): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...env
})

const started = (child: ChildProcess, { stdin }: RunOptions): Started => {
  const said = { stdout: "", stderr: "" }
  const listeners = new Set<() => void>()
  const hear = (stream: "stdout" | "stderr") => (chunk: unknown) => {
    said[stream] += String(chunk)
    for (const listener of listeners) listener()
  }
  child.stdout?.on("data", hear("stdout"))
  child.stderr?.on("data", hear("stderr"))
  child.stdin?.on("error", () => {})
  child.stdin?.end(stdin ?? "")
  let closed: Ended | undefined
  child.once("close", (code) => {
    closed = { code, ...said }
  })
  return {
    child,
    said,
    ended: Effect.async((resume) => {
      if (closed !== undefined) return resume(Effect.succeed(closed))
      child.once("close", (code) => resume(Effect.succeed({ code, ...said })))
    }),
    says: (text) =>
      Effect.async((resume) => {
        const look = () => {
          if (!`${said.stdout}\n${said.stderr}`.includes(text)) return
          listeners.delete(look)
          resume(Effect.void)
        }
        listeners.add(look)
        look()
      })
  }
}

export const emulatorOnSocket: Effect.Effect<VippsEmulatorService, never, Scope.Scope> = Effect.map(
  Layer.build(
    VippsEmulator.layerServer.pipe(Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })))
  ),
  Context.get(VippsEmulator)
).pipe(Effect.orDie)

export const standardVariables = ({ baseUrl, credentials }: VippsEmulatorService): Record<string, string> => ({
  VIPPS_ENVIRONMENT: baseUrl.origin,
  VIPPS_CLIENT_ID: Redacted.value(credentials.standard.clientId),
  VIPPS_CLIENT_SECRET: Redacted.value(credentials.standard.clientSecret),
  VIPPS_SUBSCRIPTION_KEY: Redacted.value(credentials.standard.subscriptionKey),
  VIPPS_MERCHANT_SERIAL_NUMBER: Option.getOrElse(credentials.standard.merchantSerialNumber, () => "")
})

export const specializedVariables = ({ baseUrl, credentials }: VippsEmulatorService): Record<string, string> => ({
  VIPPS_ENVIRONMENT: baseUrl.origin,
  VIPPS_SPECIALIZED_CLIENT_ID: Redacted.value(credentials.specialized.clientId),
  VIPPS_SPECIALIZED_CLIENT_SECRET: Redacted.value(credentials.specialized.clientSecret)
})
