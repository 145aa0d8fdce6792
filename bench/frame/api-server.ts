/**
 * A small API behind a real socket, in a process of its own so that its work is not counted as the client's. Answers
 * every request with the same JSON; ends with its parent.
 */
import { createServer } from "node:http"

const body = JSON.stringify({ reference: "order-1", state: "AUTHORIZED", amount: { currency: "NOK", value: 49_900 } })

const server = createServer((request, response) => {
  request.resume()
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body)
})

process.on("disconnect", () => process.exit(0))
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.send?.(typeof address === "object" ? address?.port : undefined)
})
