/** The OpenAPI document of the control API and the two token endpoints. */
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import { ControlApi, controlPath } from "./controlApi.js"
import { TokenApi } from "./tokenApi.js"

const everything = HttpApi.make("effect-vipps-token-emulator")
  .addHttpApi(TokenApi)
  .addHttpApi(ControlApi)
  .annotateContext(
    OpenApi.annotations({
      title: "Vipps emulator",
      version: "2.0.0",
      description: "Vipps' two token endpoints as this emulator answers them, and the API that controls it. Not Vipps."
    })
  )

/** Generates the document. */
export const openApi = (): OpenApi.OpenAPISpec => {
  const spec = OpenApi.fromApi(everything)
  for (const [path, operations] of Object.entries(spec.paths)) {
    if (path.startsWith(`${controlPath}/`)) addRefusals(operations)
    else removeDecodeError(operations.post)
  }
  return spec
}

/** An HttpApi documents its own decode error at every endpoint. Vipps' endpoints have none. */
const removeDecodeError = (operation: OpenApi.OpenAPISpecOperation | undefined): void => {
  const refused = operation?.responses[400]
  const schema = refused?.content?.["application/json"]?.schema
  if (refused === undefined || schema === undefined || !("anyOf" in schema)) return
  refused.description = "The request is refused."
  const anyOf = schema.anyOf.filter((one) => !("$ref" in one && one.$ref.endsWith("/HttpApiDecodeError")))
  Object.assign(schema, { anyOf })
}

/** What the guard refuses before an endpoint is reached. */
const addRefusals = (operations: OpenApi.OpenAPISpecPathItem): void => {
  for (const [method, operation] of Object.entries(operations)) {
    for (const [status, description] of [...refusalsOfAll, ...(method === "get" ? [] : refusalsOfChanges)]) {
      operation.responses[status] = { description, content: { "application/json": { schema: controlError } } }
    }
  }
}

const controlError = { $ref: "#/components/schemas/ControlError" }

const refusalsOfAll = [
  [403, "The request comes from a page of another origin."],
  [421, "The Host header is not a name of this server."]
] as const

const refusalsOfChanges = [
  [413, "The body is too large."],
  [415, "The Content-Type is not application/json."]
] as const
