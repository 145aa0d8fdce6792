/**
 * The code of a system's error. The rest of such an error may repeat a request with its headers, and is left unread.
 */

/** The first code in the chain of causes, of those that an error of Node or Bun has. */
export const errorCode = (error: unknown, depth = 0): string | undefined => {
  if (typeof error !== "object" || error === null || depth > 5) return undefined
  if ("code" in error && typeof error.code === "string" && /^[A-Za-z][A-Za-z0-9_]{2,63}$/.test(error.code)) {
    return error.code
  }
  const errors = "errors" in error && Array.isArray(error.errors) ? error.errors[0] : undefined
  return errorCode("cause" in error && error.cause !== undefined ? error.cause : errors, depth + 1)
}
