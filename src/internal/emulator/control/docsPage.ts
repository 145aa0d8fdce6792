/** The documentation page, generated from the OpenAPI document. It needs no network and no script. */
import type { OpenAPISpec, OpenAPISpecOperation } from "@effect/platform/OpenApi"
import * as Predicate from "effect/Predicate"
import { bodyExample } from "./bodyExamples.js"
import { controlPath } from "./controlApi.js"

/** The examples of the page name the server by its origin. */
export const docsPage = (spec: OpenAPISpec, origin: string): string => {
  const operations = Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      section(method.toUpperCase(), path, operation, { spec, origin })
    )
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(spec.info.title)}: API</title>
<style nonce="NONCE">${style}</style></head>
<body><h1>${escaped(spec.info.title)}</h1>
<p>${escaped(spec.info.description ?? "")}</p>
<p>Also as an <a href="openapi.json">OpenAPI document</a>. Requests that change something need
<code>Content-Type: application/json</code>.</p>
${operations.join("\n")}
</body></html>`
}

interface Context {
  readonly spec: OpenAPISpec
  readonly origin: string
}

const section = (method: string, path: string, operation: OpenAPISpecOperation, { origin, spec }: Context): string => {
  const { parameters, requestBody, responses, summary } = operation
  const rows = parameters.map(({ description, in: place, name, required }) => row(name, place, required, description))
  const bodies = Object.entries(requestBody?.content ?? {}).map(
    ([type, content]) =>
      `<h3>Body, ${escaped(type)}</h3><pre>${escaped(JSON.stringify(resolved(content?.schema, spec), null, 2))}</pre>`
  )
  const answers = Object.entries(responses).map(
    ([status, { description }]) => `<li><b>${escaped(status)}</b> ${escaped(description)}</li>`
  )
  return `<section><h2><code>${method} ${escaped(path)}</code></h2><p>${escaped(summary ?? "")}</p>
${rows.length === 0 ? "" : `<table>${rows.join("")}</table>`}${bodies.join("")}${example(method, path, origin)}<ul>${answers.join("")}</ul></section>`
}

/** The schema, with those that it refers to in place of the references. None of them refers to itself. */
const resolved = (schema: unknown, spec: OpenAPISpec): unknown => {
  if (Array.isArray(schema)) return schema.map((one) => resolved(one, spec))
  if (!Predicate.isRecord(schema)) return schema
  const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined
  const target = name === undefined ? undefined : spec.components.schemas[name]
  if (target !== undefined) return resolved(target, spec)
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolved(value, spec)]))
}

/** A command to paste into a shell. Vipps' own endpoints want keys in headers, which the examples in docs/ have. */
const example = (method: string, path: string, origin: string): string => {
  if (!path.startsWith(controlPath)) return ""
  const body = bodyExample(method, path)
  const words = [
    "curl",
    ...(method === "GET" ? [] : [`-X ${method} -H 'Content-Type: application/json'`]),
    `${origin}${path.replace("{reference}", "order-1001")}`,
    ...(body === undefined ? [] : [`-d '${body}'`])
  ]
  return `<pre>${escaped(words.join(" "))}</pre>`
}

const row = (name: string, place: string, required: boolean, description: string | undefined): string =>
  `<tr><td><code>${escaped(name)}</code></td><td>${place}${required ? "" : ", optional"}</td><td>${escaped(description ?? "")}</td></tr>`

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char] ?? "&quot;")

const style = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); margin-top: 1.5rem }
h2 { font-size: 1.1rem; overflow-wrap: anywhere } h3 { font-size: 1rem }
pre { overflow: auto; padding: .75rem; background: color-mix(in srgb, currentColor 6%, transparent) }
td { padding: .2rem .8rem .2rem 0; vertical-align: top }
`
