/** The `User-Agent` of token requests. The version is that of `package.json`, which bundles do not carry. */
export const userAgent = "effect-vipps-token/0.1.0"
