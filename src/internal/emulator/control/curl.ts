/** Requests as shell commands, with variables in place of masked values. */
import { headerName } from "../../../core/tokenRequest.js"
import { mask } from "./masking.js"

interface Shown {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly flow: string | null
}

/** Headers that curl sets itself. */
const ownHeaders = new Set(["host", "content-length", "connection", "accept-encoding", "transfer-encoding"])

export const curlOf = ({ body, flow, headers, method, path }: Shown): string => {
  const sent = Object.entries(headers).filter(([name]) => !ownHeaders.has(name))
  const lines = [
    `curl -X ${method} "$VIPPS_ENVIRONMENT"${quoted(path)}`,
    ...sent.map(([name, value]) =>
      name === "authorization" && flow === "specialized"
        ? '-u "$VIPPS_SPECIALIZED_CLIENT_ID:$VIPPS_SPECIALIZED_CLIENT_SECRET"'
        : `-H ${headerOf(name, value)}`
    ),
    ...(body === "" ? (method === "POST" ? ["--data ''"] : []) : [`--data ${quoted(body)}`])
  ]
  return lines.join(" \\\n  ")
}

const variables: Readonly<Record<string, string>> = {
  [headerName.clientId]: "$VIPPS_CLIENT_ID",
  [headerName.clientSecret]: "$VIPPS_CLIENT_SECRET",
  [headerName.subscriptionKey]: "$VIPPS_SUBSCRIPTION_KEY",
  authorization: "Bearer $TOKEN"
}

const headerOf = (name: string, value: string): string => {
  const variable = variables[name] ?? (value.includes(mask) ? "$MASKED" : undefined)
  return variable === undefined ? quoted(`${name}: ${value}`) : `"${name}: ${variable}"`
}

/** Quotes a text for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
