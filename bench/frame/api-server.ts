/**
 * A small API behind a real socket, in a process of its own so that its work is not counted as the client's. Answers
 * every GET with the same JSON, every POST with a token; ends with its parent.
 */
import { createServer } from "node:http"

const payment = JSON.stringify({
  reference: "order-1001",
  state: "AUTHORIZED",
  amount: { currency: "NOK", value: 49_900 }
})

/** As long as Vipps' own tokens. */
const token = JSON.stringify({ token_type: "Bearer", expires_in: 86_400, access_token: "x".repeat(1200) })

const server = createServer((request, response) => {
  const body = request.method === "POST" ? token : payment
  request.resume()
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body)
})

process.on("disconnect", () => process.exit(0))
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.send?.(typeof address === "object" ? address?.port : undefined)
})
