/** What a client failed with, in the words of each runtime. */
import { assert, describe, it } from "@effect/vitest"
import { judgeTransportFailure, unreachableHint } from "../../src/core/transportFailure.js"

const coded = (code: string, message = "failed", more: object = {}) =>
  Object.assign(new Error(message), { code, ...more })

/** As fetch, and as a client over fetch, wrap it. */
const wrapped = (error: Error) => ({ _tag: "RequestError", cause: new TypeError("fetch failed", { cause: error }) })

const hints = {
  time: /not valid at this time/,
  name: /for another host name/,
  authority: /authority that this process trusts/,
  client: /asks for a certificate of the client/,
  tls: /or no TLS at all/,
  address: /is invalid, or its protocol/,
  request: /refuses to send the request/
}

const terminal: ReadonlyArray<readonly [keyof typeof hints, Error, code?: string]> = [
  ["time", coded("CERT_HAS_EXPIRED"), "CERT_HAS_EXPIRED"],
  ["time", coded("CERT_NOT_YET_VALID"), "CERT_NOT_YET_VALID"],
  ["time", new TypeError("client error (Connect): invalid peer certificate: Expired")],
  ["time", new TypeError("invalid peer certificate: certificate expired: verification time 1 (UNIX), but")],
  ["name", coded("ERR_TLS_CERT_ALTNAME_INVALID"), "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["name", new TypeError("invalid peer certificate: NotValidForName")],
  ["name", new TypeError('invalid peer certificate: certificate not valid for name "localhost"')],
  ["authority", coded("DEPTH_ZERO_SELF_SIGNED_CERT"), "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["authority", coded("SELF_SIGNED_CERT_IN_CHAIN"), "SELF_SIGNED_CERT_IN_CHAIN"],
  ["authority", coded("UNABLE_TO_GET_ISSUER_CERT"), "UNABLE_TO_GET_ISSUER_CERT"],
  ["authority", coded("UNABLE_TO_GET_ISSUER_CERT_LOCALLY"), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  ["authority", coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["authority", coded("CERT_SIGNATURE_FAILURE"), "CERT_SIGNATURE_FAILURE"],
  ["authority", coded("CERT_REVOKED"), "CERT_REVOKED"],
  ["authority", coded("INVALID_CA"), "INVALID_CA"],
  ["authority", coded("INVALID_PURPOSE"), "INVALID_PURPOSE"],
  ["authority", new TypeError("invalid peer certificate: UnknownIssuer")],
  ["authority", new TypeError("invalid peer certificate: CaUsedAsEndEntity")],
  ["authority", new Error("self signed certificate")],
  ["client", coded("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"), "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"],
  ["client", coded("EPROTO", "SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:x"), "EPROTO"],
  ["tls", coded("ERR_SSL_WRONG_VERSION_NUMBER"), "ERR_SSL_WRONG_VERSION_NUMBER"],
  ["tls", coded("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"), "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"],
  ["tls", coded("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"), "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"],
  ["tls", coded("ERR_SSL_UNSUPPORTED_PROTOCOL"), "ERR_SSL_UNSUPPORTED_PROTOCOL"],
  [
    "tls",
    coded("EPROTO", "write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x"),
    "EPROTO"
  ],
  ["tls", new TypeError("client error (Connect): received corrupt message of type InvalidContentType")],
  ["address", coded("ERR_INVALID_URL"), "ERR_INVALID_URL"],
  ["address", coded("ERR_INVALID_PROTOCOL", 'Protocol "ftp:" not supported. Expected "http:"'), "ERR_INVALID_PROTOCOL"],
  ["address", coded("UND_ERR_INVALID_ARG", "Invalid URL protocol: the URL must start with"), "UND_ERR_INVALID_ARG"],
  ["address", coded("UnsupportedProxyProtocol"), "UnsupportedProxyProtocol"],
  ["address", new Error("unknown scheme")],
  ["address", new Error("bad port")],
  ["address", new TypeError("Invalid URL")],
  ["request", coded("UND_ERR_INVALID_ARG", "invalid onRequestStart method"), "UND_ERR_INVALID_ARG"],
  ["request", coded("ERR_INVALID_CHAR"), "ERR_INVALID_CHAR"],
  ["time", coded("CRL_HAS_EXPIRED"), "CRL_HAS_EXPIRED"],
  ["name", coded("EMAIL_MISMATCH"), "EMAIL_MISMATCH"],
  ["name", coded("ERR_SSL_TLSV1_UNRECOGNIZED_NAME"), "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"],
  ["authority", coded("ERR_SSL_EE_KEY_TOO_SMALL"), "ERR_SSL_EE_KEY_TOO_SMALL"],
  ["authority", coded("ERR_SSL_CA_MD_TOO_WEAK"), "ERR_SSL_CA_MD_TOO_WEAK"],
  ["authority", coded("ERR_SSL_CERTIFICATE_VERIFY_FAILED"), "ERR_SSL_CERTIFICATE_VERIFY_FAILED"],
  ["authority", coded("ERR_SSL_BAD_ECC_CERT"), "ERR_SSL_BAD_ECC_CERT"],
  ["authority", coded("UNABLE_TO_GET_CRL"), "UNABLE_TO_GET_CRL"],
  ["authority", coded("SUBJECT_ISSUER_MISMATCH"), "SUBJECT_ISSUER_MISMATCH"],
  ["client", coded("ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED"), "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED"],
  ["client", coded("ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"), "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"],
  ["client", coded("ERR_SSL_TLSV1_ALERT_ACCESS_DENIED"), "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED"],
  ["tls", coded("ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED"), "ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED"],
  ["tls", coded("ERR_SSL_DH_KEY_TOO_SMALL"), "ERR_SSL_DH_KEY_TOO_SMALL"],
  ["tls", coded("ERR_SSL_WRONG_SIGNATURE_TYPE"), "ERR_SSL_WRONG_SIGNATURE_TYPE"],
  ["tls", coded("ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM"), "ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM"],
  ["request", coded("ERR_TLS_INVALID_PROTOCOL_VERSION"), "ERR_TLS_INVALID_PROTOCOL_VERSION"],
  ["request", coded("ERR_TLS_PROTOCOL_VERSION_CONFLICT"), "ERR_TLS_PROTOCOL_VERSION_CONFLICT"],
  ["request", coded("ERR_OSSL_PEM_NO_START_LINE"), "ERR_OSSL_PEM_NO_START_LINE"],
  ["request", coded("ERR_OSSL_X509_KEY_VALUES_MISMATCH"), "ERR_OSSL_X509_KEY_VALUES_MISMATCH"]
]

describe("F52 what will fail again is terminal, says what to do, and keeps the code alone", () => {
  for (const [hint, error, code] of terminal) {
    it(`${code ?? error.message}: ${hint}`, () => {
      for (const thrown of [error, wrapped(error), new AggregateError([coded("ECONNREFUSED"), error])]) {
        const failure = judgeTransportFailure(thrown)
        assert.strictEqual(failure.kind, "terminal")
        if (failure.kind === "terminal") assert.match(failure.hint, hints[hint])
        if (code !== undefined) assert.strictEqual(failure.code, code)
      }
    })
  }
})

describe("F52 what may pass is not terminal", () => {
  const codes = [
    ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ECONNABORTED", "EPROTO"],
    [
      "UND_ERR_CONNECT_TIMEOUT",
      "UND_ERR_HEADERS_TIMEOUT",
      "UND_ERR_BODY_TIMEOUT",
      "UND_ERR_ABORTED",
      "UND_ERR_DESTROYED"
    ],
    ["HPE_INVALID_CONSTANT", "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "ConnectionRefused", "FailedToOpenSocket", "Timeout"]
  ].flat()
  for (const code of codes) {
    it(code, () => {
      for (const error of [coded(code), wrapped(coded(code))]) {
        assert.deepStrictEqual(judgeTransportFailure(error), { kind: "passing", code })
      }
    })
  }
})

describe("F58 a connection that was closed before an answer", () => {
  const closed: ReadonlyArray<Error> = [
    coded("ECONNRESET", "socket hang up"),
    coded("ECONNRESET", "read ECONNRESET", { syscall: "read" }),
    coded("EPIPE", "write EPIPE", { syscall: "write" }),
    coded("UND_ERR_SOCKET", "other side closed"),
    coded("UND_ERR_SOCKET", "closed"),
    coded("ConnectionClosed"),
    new Error("The socket connection was closed unexpectedly. For more information, pass `verbose: true`"),
    new TypeError("client error (SendRequest): connection closed before message completed")
  ]
  for (const error of closed) {
    it(error.message, () => {
      assert.strictEqual(judgeTransportFailure(error).kind, "closed")
      assert.strictEqual(judgeTransportFailure(wrapped(error)).kind, "closed")
    })
  }

  it("was none that never came to be, and none that somebody else closed", () => {
    for (const error of [
      coded("ECONNRESET", "Client network socket disconnected before secure TLS connection was established"),
      coded("ECONNRESET", "connect ECONNRESET", { syscall: "connect" }),
      coded("UND_ERR_SOCKET", "bad response"),
      coded("UND_ERR_SOCKET", "it was closed"),
      coded("UND_ERR_SOCKET", "closed by us"),
      coded("ENOTFOUND", "closed", { syscall: "getaddrinfo" }),
      coded("ECONNRESET", "socket hang up", { syscall: "getaddrinfo" }),
      coded("UND_ERR_DESTROYED", "The client is destroyed")
    ]) {
      assert.strictEqual(judgeTransportFailure(error).kind, "passing", error.message)
    }
  })
})

/** An error that is the cause of so many others. */
const nested = (error: unknown, depth: number): unknown =>
  depth === 0 ? error : new Error("outer", { cause: nested(error, depth - 1) })

it("the code is found in a chain of sixteen, and in a list of errors", () => {
  const reset = { kind: "closed", code: "ECONNRESET" } as const
  assert.deepStrictEqual(judgeTransportFailure(nested(coded("ECONNRESET"), 15)), reset)
  assert.deepStrictEqual(judgeTransportFailure({ errors: [new Error("no"), coded("ECONNRESET")] }), reset)
})

describe("any other value is the network, without a code", () => {
  const snake: { cause?: unknown } = {}
  snake.cause = snake
  const values: Readonly<Record<string, unknown>> = {
    undefined,
    null: null,
    "a text": "ECONNRESET",
    "a number": 7,
    "an error without a code": new Error("no"),
    "a code in lower case": { code: "secret" },
    "a code with spaces": { code: "NOT A CODE" },
    "a code that is a number": { code: 401 },
    "a message that is no text": { message: ["socket hang up"] },
    "errors that are no list": { errors: coded("ECONNRESET") },
    "what is too deep in a chain": nested(coded("ECONNRESET"), 16),
    "what is too far in a list": { errors: [...Array.from({ length: 16 }, () => new Error("no")), coded("EPIPE")] },
    "what is too late in a message": new Error(`${" ".repeat(2000)}socket hang up`),
    "a long code": { code: "A".repeat(65) },
    "a chain that bites its tail": snake,
    "many errors": { errors: Array.from({ length: 100_000 }, () => snake) }
  }
  for (const [name, value] of Object.entries(values)) {
    it(name, () => assert.deepStrictEqual(judgeTransportFailure(value), { kind: "passing", code: undefined }))
  }
})

describe("the hint for a server that cannot be reached", () => {
  it("names the host, and what to start on this machine", () => {
    const emulator = "http://127.0.0.1:8787/accesstoken/get"
    assert.include(unreachableHint(emulator, "ECONNREFUSED"), "Nothing listens on 127.0.0.1:8787: start it")
    for (const [url, code, host] of [
      [emulator, "ETIMEDOUT", "127.0.0.1:8787"],
      ["https://apitest.vipps.no/accesstoken/get", "ECONNREFUSED", "apitest.vipps.no"],
      ["https://apitest.vipps.no/accesstoken/get", undefined, "apitest.vipps.no"]
    ] as const) {
      assert.include(unreachableHint(url, code), `Check that ${host} can be reached`)
    }
  })
})
