/**
 * How the token endpoint is reached: a cheap request of our own for peers that are given a function, so that they all
 * pay the same for it.
 */
import { Agent, request } from "node:http"
import { type Server, serve } from "./child.js"

export const startTokenEndpoint = (): Promise<Server> => serve("frame/token-server.ts")

/** No more sockets than this, or 10,000 requests at once would measure the operating system. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

export interface Answer {
  readonly status: number
  readonly text: string
}

export const post = (
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = ""
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: "POST", agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
      (response) => {
        let text = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          text += chunk
        })
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }))
      }
    )
    sent.on("error", reject)
    sent.end(body)
  })

export const keys = {
  clientId: "fb492b5e-7907-4d83-ba20-c7fb60ca35de",
  clientSecret: "Y8Kteew6GE2ZmeycEt6egg==",
  subscriptionKey: "da7d5b0e18a84aeda961c0c31b75c2a9"
}

export interface Token {
  readonly access_token: string
  readonly expires_in: number
}

/** One token request, as a careful author of plain JavaScript writes it. */
export const fetchToken = async (url: string): Promise<Token> => {
  const { status, text } = await post(`${url}/accesstoken/get`, {
    client_id: keys.clientId,
    client_secret: keys.clientSecret,
    "ocp-apim-subscription-key": keys.subscriptionKey
  })
  if (status !== 200) throw new Error(`token request: ${status}`)
  const token: Token = JSON.parse(text)
  return token
}

/** Says how the endpoint goes on, and answers how many token requests it has had since the last time. */
export const control = async (url: string, how: { delay?: number; failWith?: number } = {}): Promise<number> => {
  const { text } = await post(`${url}/control?delay=${how.delay ?? 0}&fail=${how.failWith ?? 0}`)
  const told: { readonly requests: number } = JSON.parse(text)
  return told.requests
}
