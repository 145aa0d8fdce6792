/**
 * The one token endpoint that all are measured against, in a process of its own so that its work is not counted as the
 * client's. It speaks the dialects of Vipps MobilePay, of OAuth 2.0 and of Entra ID, and ends with its parent.
 *
 * `POST /control?delay=50&fail=503` says how it goes on, and answers how many token requests it has had since the last
 * one.
 */
import { createServer, type ServerResponse } from "node:http"

let delayMillis = 0
let failsWith = 0
let requests = 0

/** As long as Vipps' own tokens. */
const tokenText = () => `eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.${"A".repeat(1150)}${String(requests).padStart(13, "0")}`

const answer = (response: ServerResponse, status: number, value: unknown) => {
  const body = JSON.stringify(value)
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body)
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const url = new URL(request.url ?? "/", "http://endpoint")
  request.resume()
  request.on("end", () => {
    if (url.pathname === "/control") {
      answer(response, 200, { requests })
      delayMillis = Number(url.searchParams.get("delay") ?? 0)
      failsWith = Number(url.searchParams.get("fail") ?? 0)
      requests = 0
      return
    }
    requests += 1
    setTimeout(
      () =>
        failsWith > 0
          ? answer(response, failsWith, { error: failsWith === 401 ? "invalid_client" : "temporarily_unavailable" })
          : answer(response, 200, { token_type: "Bearer", expires_in: 3600, access_token: tokenText() }),
      delayMillis
    )
  })
})

process.on("disconnect", () => process.exit(0))
server.listen({ port: 0, host: "127.0.0.1", backlog: 16_384 }, () => {
  const address = server.address()
  process.send?.(typeof address === "object" ? address?.port : undefined)
})
