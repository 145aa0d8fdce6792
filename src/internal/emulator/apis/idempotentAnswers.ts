/** Answers by idempotency key: a repeated request gets its first answer again. */
import type { Answer } from "../wire/exchange.js"

/** A request that may be repeated. */
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
   * Returns the earlier answer, or performs the request. A key with a different body conflicts. Refusals are not kept:
   * a refused request can be corrected and sent again with the same key.
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
