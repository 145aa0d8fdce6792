/**
 * Which bodies can be sent a second time: those that are there as a whole, and not those that flow past once.
 */
import type * as HttpBody from "@effect/platform/HttpBody"

export const isReplayable = (body: HttpBody.HttpBody): boolean => {
  switch (body._tag) {
    case "Empty":
    case "Uint8Array":
    case "FormData":
      return true
    case "Raw":
      return (
        typeof body.body === "string" ||
        ArrayBuffer.isView(body.body) ||
        body.body instanceof ArrayBuffer ||
        body.body instanceof Blob ||
        body.body instanceof URLSearchParams
      )
    case "Stream":
      return false
  }
}
