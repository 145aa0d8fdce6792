/** The forms in which a token is printed. */
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../../AccessToken.js"

export const tokenFormats = ["token", "header", "json", "env", "dotenv", "fish", "powershell"] as const

export type TokenFormat = (typeof tokenFormats)[number]

export interface PrintedToken {
  readonly token: AccessToken
  readonly environment: string
  /** The seconds that the token still works. */
  readonly secondsLeft: number
}

/** Returns the token in clear: for standard output, and for nothing else. */
export const formatToken = (format: TokenFormat, printed: PrintedToken): string => {
  const { token } = printed
  switch (format) {
    case "token":
      return Redacted.value(token.value)
    case "header":
      return `Authorization: ${Redacted.value(token.authorization)}`
    case "json":
      return JSON.stringify({
        access_token: Redacted.value(token.value),
        token_type: token.tokenType,
        expires_in: printed.secondsLeft,
        expires_at: DateTime.formatIso(token.expiresAt),
        expires_on: expiresOn(token),
        flow: token.flow,
        environment: printed.environment
      })
    case "env":
      return assignments(printed, (name, value) => `export ${name}=${singleQuoted(value, "'\\''")}`)
    case "dotenv":
      return assignments(printed, (name, value) => `${name}=${dotenvQuoted(value)}`)
    case "fish":
      return assignments(
        printed,
        (name, value) => `set -gx ${name} ${singleQuoted(value.replaceAll("\\", "\\\\"), "\\'")}`
      )
    case "powershell":
      return assignments(printed, (name, value) => `$Env:${name} = ${singleQuoted(value, "''")}`)
  }
}

const expiresOn = (token: AccessToken): number => Math.floor(token.expiresAt.epochMillis / 1000)

const assignments = ({ token }: PrintedToken, assign: (name: string, value: string) => string): string =>
  [
    assign("VIPPS_ACCESS_TOKEN", Redacted.value(token.value)),
    assign("VIPPS_ACCESS_TOKEN_EXPIRES_AT", DateTime.formatIso(token.expiresAt)),
    assign("VIPPS_ACCESS_TOKEN_EXPIRES_ON", String(expiresOn(token)))
  ].join("\n")

/** A token is visible ASCII, so a quote is all that could end the text early. */
const singleQuoted = (value: string, quote: string): string => `'${value.replaceAll("'", quote)}'`

/** No reader of .env files knows an escaped single quote: the value takes the quotes that it does not hold. */
const dotenvQuoted = (value: string): string => {
  const quote = ["'", '"', "`"].find((candidate) => !value.includes(candidate)) ?? "'"
  return `${quote}${value}${quote}`
}
