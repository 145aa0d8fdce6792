/** An application of a user: an empty folder outside of this project, into which npm installs the tarball. */
import * as Command from "@effect/platform/Command"
import type * as CommandExecutor from "@effect/platform/CommandExecutor"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { transform } from "esbuild"
import { inject } from "vitest"

/** The way back from here to this project. */
export const projectFolder = new URL("../..", import.meta.url).pathname

export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly command: string
  readonly exitCode: number
  readonly output: string
}> {
  override get message(): string {
    return `${this.command} ended with ${this.exitCode}:\n${this.output}`
  }
}

/** What a command prints; fails with it if the command does. */
export const run = (
  folder: string,
  env: Record<string, string>,
  file: string,
  ...args: ReadonlyArray<string>
): Effect.Effect<string, CommandFailed, CommandExecutor.CommandExecutor> =>
  Effect.gen(function* () {
    const { exitCode, output } = yield* outcome(folder, env, file, ...args)
    if (exitCode !== 0) return yield* new CommandFailed({ command: [file, ...args].join(" "), exitCode, output })
    return output
  })

/** What a command prints, and how it ends. */
export const outcome = (folder: string, env: Record<string, string>, file: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const process = yield* Command.start(
      Command.make(file, ...args).pipe(Command.workingDirectory(folder), Command.env(env))
    )
    const [stdout, stderr, exitCode] = yield* Effect.all(
      [
        Stream.mkString(Stream.decodeText(process.stdout)),
        Stream.mkString(Stream.decodeText(process.stderr)),
        process.exitCode
      ],
      { concurrency: "unbounded" }
    )
    return { exitCode: Number(exitCode), output: stdout + stderr }
  }).pipe(Effect.scoped, Effect.orDie)

export interface FreshApplication {
  readonly folder: string
  /** Runs a program in the folder. */
  readonly run: (file: string, ...args: ReadonlyArray<string>) => Effect.Effect<string, CommandFailed>
  readonly outcome: (
    file: string,
    ...args: ReadonlyArray<string>
  ) => Effect.Effect<{ readonly exitCode: number; readonly output: string }>
  readonly write: (file: string, text: string) => Effect.Effect<void>
  readonly read: (file: string) => Effect.Effect<string>
}

/**
 * With the tarball and the named packages installed, and the programs of `applications/` in it, as TypeScript and as
 * JavaScript.
 */
export class Application extends Context.Tag("test/Application")<Application, FreshApplication>() {
  static readonly layer = (packages: ReadonlyArray<string>): Layer.Layer<Application> =>
    Layer.scoped(this, makeApplication(packages)).pipe(Layer.provide(NodeContext.layer), Layer.orDie)
}

const makeApplication = (packages: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped({ prefix: "application-" })
    const context = yield* Effect.context<CommandExecutor.CommandExecutor>()
    const write = (file: string, text: string) => Effect.orDie(files.writeFileString(`${folder}/${file}`, text))

    yield* write("package.json", JSON.stringify({ name: "application", private: true, type: "module" }))
    yield* run(
      folder,
      {},
      "npm",
      "install",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      inject("tarball"),
      ...packages
    )
    for (const program of yield* files.readDirectory(`${import.meta.dirname}/applications`)) {
      const source = yield* files.readFileString(`${import.meta.dirname}/applications/${program}`)
      yield* write(program, source)
      const javaScript = yield* Effect.promise(() => transform(source, { loader: "ts", target: "es2022" }))
      yield* write(program.replace(/\.ts$/, ".js"), javaScript.code)
    }
    return {
      folder,
      write,
      read: (file: string) => Effect.orDie(files.readFileString(`${folder}/${file}`)),
      run: (file: string, ...args: ReadonlyArray<string>) => Effect.provide(run(folder, {}, file, ...args), context),
      outcome: (file: string, ...args: ReadonlyArray<string>) =>
        Effect.provide(outcome(folder, {}, file, ...args), context)
    }
  })
