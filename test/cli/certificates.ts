/** TLS servers whose certificates are wrong, each in one way. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

interface Certificate {
  readonly key: Buffer
  readonly cert: Buffer
}

/** Made by OpenSSL, which signs for whatever host and time it is told. */
const certificate = (args: ReadonlyArray<string>): Certificate => {
  const folder = mkdtempSync(join(tmpdir(), "vipps-certificate-"))
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  execFileSync(
    "openssl",
    [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=localhost"
      ],
      ...["-keyout", key, "-out", cert, ...args]
    ],
    { stdio: "ignore" }
  )
  const made = { key: readFileSync(key), cert: readFileSync(cert) }
  rmSync(folder, { recursive: true })
  return made
}

export const selfSigned = () => certificate(["-days", "2", "-addext", "subjectAltName=DNS:localhost"])

/** A server on localhost that answers 200 to whoever accepts its certificate. */
export const tlsServer = (made: Certificate): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer({ key: made.key, cert: made.cert }, (_, response) => response.end())
        server.listen(0, "localhost", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ),
    (server) => {
      const address = server.address()
      return `https://localhost:${typeof address === "object" && address !== null ? address.port : 0}`
    }
  )
