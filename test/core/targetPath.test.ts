/** F73 of docs/failures.md: which paths stay below a base path, however a gateway reads them. */
import { assert, describe, it } from "@effect/vitest"
import { isPathBelow } from "../../src/core/targetPath.js"
import { assertLinear } from "../fixtures/growth.js"

const below = (path: string, base = "/tenant-a/") =>
  isPathBelow(new URL(path, `https://gw.example${base}`).pathname, base)

describe("F73 a path outside the base path", () => {
  const outside = [
    "/tenant-b/x",
    "/",
    "/tenant-ab",
    "/tenant-ab/x",
    "/Tenant-A/x",
    "..",
    "../",
    "../tenant-b",
    "/tenant-a/../tenant-b",
    "/tenant-a/x/../../tenant-b",
    "/tenant-a/%2e%2e/tenant-b",
    "/tenant-a/.%2E/tenant-b",
    "/tenant-a/%2e./tenant-b",
    "/tenant-a/\\..\\../tenant-b",
    "/tenant-a\\..\\tenant-b",
    "/tenant-a/..%2ftenant-b",
    "/tenant-a/..%2Ftenant-b",
    "/tenant-a/x/..%2f..%2f..%2ftenant-b",
    "/tenant-a/%2e%2e%2ftenant-b",
    "/tenant-a/..%5ctenant-b",
    "/tenant-a/%2e%2e%5ctenant-b",
    "/tenant-a/%252e%252e/tenant-b",
    "/tenant-a/%252e%252e%252ftenant-b",
    "/tenant-a/%25252e%25252e%25252ftenant-b",
    "/tenant-a/..%255ctenant-b",
    "/tenant-a/100%25/%252e%252e%252ftenant-b",
    "/tenant-a/..;/tenant-b",
    "/tenant-a/..;x=1/tenant-b",
    "/tenant-a/%2e%2e;/tenant-b",
    "/tenant-a/..%3b/tenant-b",
    "/tenant-a/..%00/tenant-b",
    "/tenant-a/..%20/tenant-b",
    "/tenant-a/%20../tenant-b",
    "/tenant-a/.%09./tenant-b",
    "/tenant-a/%c0%ae%c0%ae/tenant-b",
    "/tenant-a/..%c0%aftenant-b",
    "/tenant-a/%u002e%u002e/tenant-b",
    "/tenant-a/..%u2215tenant-b",
    "/tenant-a/..%uff0ftenant-b",
    "/tenant-a/\uff0e\uff0e/tenant-b",
    "/tenant-a/%ef%bc%8e%ef%bc%8e%ef%bc%8ftenant-b",
    "/tenant-a/\u2025/tenant-b",
    "/tenant-a/..%3f",
    "/tenant-a/..%3Fx=1",
    "/tenant-a/..%23x",
    "/tenant-a/..%00x",
    "/tenant-a/..%2500.json",
    "/tenant-a/%2e%2e%253f",
    "/tenant-a/%00../tenant-b",
    "/tenant-a/.%00./tenant-b"
  ]
  for (const path of outside) it(path, () => assert.isFalse(below(path)))
})

describe("F73 a path below the base path", () => {
  const inside = [
    "",
    "/tenant-a",
    "/tenant-a/",
    "/tenant-a/x",
    "x/y",
    "/tenant-a/x/../y",
    "/tenant-a/./x",
    "/tenant-a/x%2Fy",
    "/tenant-a/%C3%A9/æ",
    "/tenant-a/100%25",
    "/tenant-a/100%2525",
    "/tenant-a/100%",
    "/tenant-a/a..b/..c/d../...",
    "/tenant-a/order;v=..",
    "/tenant-a/payments:batch",
    "/tenant-a//x"
  ]
  for (const path of inside) it(JSON.stringify(path), () => assert.isTrue(below(path)))

  it("of two segments", () => {
    assert.isTrue(below("/a/b/x", "/a/b/"))
    assert.isFalse(below("/a/x", "/a/b/"))
  })
})

it("F57 F73 a path of escapes of escapes is refused, in linear time", () => {
  for (const rounds of [20, 4_000]) {
    assertLinear((rounds) => assert.isFalse(below(`/tenant-a/%${"25".repeat(rounds)}`)), rounds)
  }
  assert.isFalse(below(`/tenant-a/%${"25".repeat(200_000)}`))
  assert.isTrue(below(`/tenant-a/%${"25".repeat(5)}`))
})

it("F73 without a base path there is nothing to leave", () => {
  for (const path of ["/", "/x", "/..%2fx", "/%2e%2e/x"]) assert.isTrue(below(path, "/"))
})
