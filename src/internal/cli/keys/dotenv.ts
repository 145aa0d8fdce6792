/**
 * Reads .env files: `NAME=value` lines, `export` before them, comments, and values in quotes. Nothing is expanded, so
 * that a `$` in a key stays one.
 */

/** The variables of a file, and the numbers of the lines that are none. */
export interface Dotenv {
  readonly variables: Readonly<Record<string, string>>
  readonly badLines: ReadonlyArray<number>
}

const assignment = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/

export const readDotenv = (text: string): Dotenv => {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)
  const variables: Record<string, string> = {}
  const badLines: Array<number> = []
  for (const [index, line] of lines.entries()) {
    const content = line.trim()
    if (content === "" || content.startsWith("#")) continue
    const [, name, rest = ""] = assignment.exec(content) ?? []
    const value = valueOf(rest)
    if (name === undefined || value === undefined) badLines.push(index + 1)
    else variables[name] = value
  }
  return { variables, badLines }
}

/** A comment begins with a `#` after white space, or after the closing quote. */
const valueOf = (rest: string): string | undefined => {
  const quote = rest.charAt(0)
  if (quote !== '"' && quote !== "'" && quote !== "`")
    return rest.startsWith("#") ? "" : rest.replace(/\s+#.*$/, "").trim()
  const end = rest.indexOf(quote, 1)
  return end > 0 && /^\s*(#.*)?$/.test(rest.slice(end + 1)) ? rest.slice(1, end) : undefined
}
