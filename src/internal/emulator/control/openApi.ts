/**
 * The OpenAPI document of the control API and the two token endpoints.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import { ControlApi } from "./controlApi.js"
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
  for (const [path, { post }] of Object.entries(spec.paths)) {
    const refused = path.startsWith("/__emulator/") ? undefined : post?.responses[400]
    const schema = refused?.content?.["application/json"]?.schema
    // An HttpApi documents its own decode error at every endpoint. Vipps' endpoints have none.
    if (refused === undefined || schema === undefined || !("anyOf" in schema)) continue
    refused.description = "The request is refused."
    const anyOf = schema.anyOf.filter((one) => !("$ref" in one && one.$ref.endsWith("/HttpApiDecodeError")))
    Object.assign(schema, { anyOf })
  }
  return spec
}
