/** A worker served by workerd, for as long as the scope; the URL at which it answers. */
import * as Command from "@effect/platform/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { build } from "esbuild"
import type { FreshApplication } from "./application.js"
import { workerd } from "./runtimes.js"

/** Names of variables become bindings; the network may be reached, this machine as well. */
const configuration = (variables: ReadonlyArray<string>) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.bundle.js")],
  bindings = [${variables.map((name) => `(name = "${name}", fromEnvironment = "${name}")`).join(", ")}],
  compatibilityDate = "2026-01-01"
);
`

const Listening = Schema.parseJson(Schema.Struct({ event: Schema.Literal("listen"), port: Schema.Int }))

export const serveWorker = (application: FreshApplication, program: string, env: Record<string, string>) =>
  Effect.gen(function* () {
    yield* Effect.promise(() =>
      build({
        entryPoints: [`${application.folder}/${program}`],
        outfile: `${application.folder}/worker.bundle.js`,
        bundle: true,
        format: "esm",
        target: "es2022",
        conditions: ["workerd", "worker", "browser"],
        external: ["cloudflare:workers"]
      })
    )
    yield* application.write("worker.capnp", configuration(Object.keys(env)))
    const [file, ...args] = workerd.command
    const process = yield* Command.make(file ?? "", ...args, "worker.capnp", "--control-fd=1").pipe(
      Command.workingDirectory(application.folder),
      Command.env(env),
      Command.stderr("inherit"),
      Command.start
    )
    const listening = yield* process.stdout.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.mapEffect(Schema.decode(Listening)),
      Stream.runHead
    )
    return `http://127.0.0.1:${Option.getOrThrow(listening).port}/`
  })
