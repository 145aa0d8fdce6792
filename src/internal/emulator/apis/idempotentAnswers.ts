/**
 * What was answered to which idempotency key: the same request again is not done again, but answered as before.
 */
import type { Answer } from "../wire/exchange.js"

/** A request that may come twice: whose it is, what it asks for, its key, and its body as it was sent. */
export interface KeyedRequest {
  readonly salesUnit: string
  readonly operation: string
  readonly key: string
  readonly body: string
}

interface Answered {
  readonly body: string
  readonly answer: Answer
}

export class IdempotentAnswers {
  readonly #answered = new Map<string, Answered>()

  /**
   * The answer from before, or the one that is now performed. A key that comes with another body than before is in
   * conflict. Refusals are not kept: a request that was refused may be mended and sent again with its key.
   */
  answer(request: KeyedRequest, perform: () => Answer, conflict: () => Answer): Answer {
    const id = JSON.stringify([request.salesUnit, request.operation, request.key])
    const before = this.#answered.get(id)
    if (before !== undefined) return before.body === request.body ? before.answer : conflict()
    const answer = perform()
    if (answer.status < 300) this.#answered.set(id, { body: request.body, answer })
    return answer
  }

  /** Forgets all answers. */
  clear(): void {
    this.#answered.clear()
  }
}
