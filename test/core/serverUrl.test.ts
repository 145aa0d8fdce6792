import { assert, describe, it } from "@effect/vitest"
import { baseUrlRule, normalizedBaseUrl } from "../../src/core/serverUrl.js"

describe("baseUrlRule", () => {
  it("takes https, with a port and a path prefix", () => {
    for (const url of ["https://api.vipps.no", "https://proxy.example:8443/vipps/", "HTTPS://API.VIPPS.NO"]) {
      assert.isUndefined(baseUrlRule(url, undefined), url)
    }
  })

  it("takes http for this machine alone", () => {
    const loopback = ["localhost", "LOCALHOST", "127.0.0.1", "127.255.0.9", "127.1", "[::1]"]
    for (const host of loopback) assert.isUndefined(baseUrlRule(`http://${host}:8080`, undefined), host)
  })

  it("refuses http for every other host, however much it looks like this machine", () => {
    const hosts = [
      "api.vipps.no",
      "localhost.evil.example",
      "api.localhost",
      "evillocalhost",
      "127.0.0.1.evil.example",
      "128.0.0.1",
      "10.0.0.1",
      "0.0.0.0",
      "[::2]",
      "[::ffff:127.0.0.1]",
      "localhost@evil.example"
    ]
    for (const host of hosts) {
      assert.match(
        baseUrlRule(`http://${host}`, undefined) ?? "",
        /^must begin with https:.*can read keys and tokens.*VIPPS_INSECURE_HTTP=allow.*insecureHttp: "allow"/,
        host
      )
      if (!host.includes("@")) assert.isUndefined(baseUrlRule(`http://${host}`, "allow"), host)
    }
  })

  it("allows http alone where it is told to, and nothing else", () => {
    assert.isUndefined(baseUrlRule("http://emulator:8080/prefix", "allow"))
    assert.strictEqual(baseUrlRule("ftp://emulator", "allow"), "must begin with https://")
    assert.strictEqual(baseUrlRule("http://u@emulator", "allow"), "must not contain a user name or password")
    assert.strictEqual(baseUrlRule("http://emulator?a", "allow"), "must not contain a query or fragment")
  })

  it("F73 refuses a path that servers read in two ways", () => {
    for (const path of ["/a//b", "//a", "/a%2fb", "/a%2Fb", "/a%5Cb", "/a%00"]) {
      assert.match(baseUrlRule(`https://gw.example${path}`, undefined) ?? "", /^must not contain/, path)
    }
    for (const path of ["/a/../b", "/a/./b/", "/a/%2e%2e/b", "/a\\b", "/tenant-a", "/a///"]) {
      assert.isUndefined(baseUrlRule(`https://gw.example${path}`, undefined), path)
    }
  })

  it("refuses other schemes", () => {
    for (const url of ["ftp://api.vipps.no", "file:///etc/passwd", "data:text/plain,x", "javascript:alert(1)"]) {
      assert.strictEqual(baseUrlRule(url, undefined), "must begin with https://", url)
    }
  })

  it("refuses what is no URL", () => {
    for (const text of ["", "api.vipps.no", "//api.vipps.no", "https://", "/accesstoken/get", "https://a b"]) {
      assert.strictEqual(baseUrlRule(text, undefined), "must be a URL such as https://api.vipps.no", text)
    }
  })

  it("refuses a user name or a password", () => {
    for (const url of ["https://me@api.vipps.no", "https://me:pw@api.vipps.no", "https://:pw@api.vipps.no"]) {
      assert.strictEqual(baseUrlRule(url, undefined), "must not contain a user name or password", url)
    }
  })

  it("refuses a query and a fragment", () => {
    for (const url of ["https://api.vipps.no?a=b", "https://api.vipps.no/#top"]) {
      assert.strictEqual(baseUrlRule(url, undefined), "must not contain a query or fragment", url)
    }
  })
})

describe("normalizedBaseUrl", () => {
  it("F30 gives one server one spelling", () => {
    const spellings = [
      "https://api.vipps.no",
      "https://api.vipps.no/",
      "https://api.vipps.no//",
      "https://api.vipps.no:443",
      "HTTPS://API.VIPPS.NO",
      " https://api.vipps.no ",
      "https://@api.vipps.no"
    ]
    assert.strictEqual(normalizedBaseUrl("https://gw.example/a/../b/%2e/c"), "https://gw.example/b/c")
    for (const spelling of spellings) assert.strictEqual(normalizedBaseUrl(spelling), "https://api.vipps.no", spelling)
  })

  it("keeps port and path, and the case of the path", () => {
    assert.strictEqual(
      normalizedBaseUrl("https://proxy.example:8443/Vipps/v1//"),
      "https://proxy.example:8443/Vipps/v1"
    )
  })

  it("F30 an empty query or fragment is refused, or makes no other server", () => {
    for (const text of ["https://api.vipps.no?", "https://api.vipps.no/?", "https://api.vipps.no#"]) {
      if (baseUrlRule(text, undefined) === undefined)
        assert.strictEqual(normalizedBaseUrl(text), "https://api.vipps.no", text)
    }
  })
})
