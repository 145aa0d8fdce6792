/** The OpenAPI of the two token endpoints says what Vipps' specification says: every header, field and status. */
import { assert, describe, it } from "@effect/vitest"
import { defaultTokenPath } from "../../../src/core/tokenRequest.js"
import { openApi } from "../../../src/internal/emulator/control/openApi.js"
import specification from "../../fixtures/accessTokenSpecification.json" with { type: "json" }

// biome-ignore lint/suspicious/noExplicitAny: the test looks into JSON
const spec: any = JSON.parse(JSON.stringify(openApi()))

describe("the OpenAPI", () => {
  it("has both endpoints, at the default paths of the flows", () => {
    const paths = Object.keys(specification.endpoints)
    assert.sameMembers(paths, Object.values(defaultTokenPath))
    for (const path of paths) assert.property(spec.paths, path)
  })

  for (const [path, facts] of Object.entries(specification.endpoints)) {
    const operation = spec.paths[path].post
    // biome-ignore lint/suspicious/noExplicitAny: the test looks into JSON
    const headers = new Map<string, any>(operation.parameters.map((one: any) => [one.name, one]))

    it(`${path} has exactly the headers of the specification`, () => {
      for (const { maxLength, format, name, required } of facts.headers) {
        const header = headers.get(name.toLowerCase())
        assert.isDefined(header, name)
        assert.strictEqual(header.in, "header")
        assert.strictEqual(header.required, required, name)
        if (maxLength !== null) assert.strictEqual(header.schema.maxLength, maxLength, name)
        if (format !== null) assert.strictEqual(header.schema.format, format, name)
      }
      assert.strictEqual(headers.size, facts.headers.length)
    })

    it(`${path} has every status and every field of a grant`, () => {
      for (const status of facts.statuses) assert.property(operation.responses, String(status))
      const grant = operation.responses["200"].content["application/json"].schema
      assert.sameMembers(
        Object.keys(grant.properties).filter((field) => grant.required.includes(field)),
        facts.fields
      )
      assert.notInclude(JSON.stringify(operation), "HttpApiDecodeError")
    })

    it(`${path} takes the body of the specification`, () => {
      const content = operation.requestBody?.content ?? {}
      assert.deepStrictEqual(Object.keys(content), facts.body === null ? [] : [facts.body.contentType])
      if (facts.body === null) return
      const { properties } = content[facts.body.contentType].schema
      assert.deepStrictEqual(properties.grant_type.enum, [facts.body.grantType])
    })
  }

  it("has an operationId without spaces for each operation", () => {
    for (const methods of Object.values<object>(spec.paths)) {
      for (const { operationId } of Object.values(methods)) assert.match(operationId, /^[\w.]+$/)
    }
  })

  it("describes each endpoint of the control API", () => {
    const control = Object.entries(spec.paths).filter(([path]) => path.startsWith("/__emulator/"))
    assert.isAtLeast(control.length, 12)
    // biome-ignore lint/suspicious/noExplicitAny: the test looks into JSON
    for (const [path, methods] of control as Array<[string, any]>) {
      for (const method of Object.keys(methods)) {
        assert.match(methods[method].summary, /\.$/, path)
        assert.includeMembers(Object.keys(methods[method].responses), ["403", "421"])
        if (method !== "get") assert.includeMembers(Object.keys(methods[method].responses), ["413", "415"])
      }
    }
  })
})
