/** Faults queued for the next answers, first in, first out. */
import type { FlowName } from "../../../core/tokenRequest.js"
import type { Fault } from "./fault.js"

/** Restricts a fault to one flow or one client. */
export interface FaultTarget {
  readonly flow?: FlowName | undefined
  readonly clientId?: string | undefined
}

/** A queued fault, and the number of answers it still applies to. */
export interface WaitingFault {
  readonly fault: Fault
  readonly target: FaultTarget
  readonly times: number
}

export class FaultQueue {
  #waiting: ReadonlyArray<WaitingFault> = []

  add(fault: Fault, times: number, target: FaultTarget = {}): void {
    if (times !== Number.POSITIVE_INFINITY && !(Number.isInteger(times) && times >= 0)) {
      throw new RangeError("times must be a whole number or Infinity: the answers that go wrong")
    }
    if (times > 0) this.#waiting = [...this.#waiting, { fault, times, target }]
  }

  all(): ReadonlyArray<WaitingFault> {
    return this.#waiting
  }

  /** Removes the queued faults: all, or those of one client id. */
  clear(clientId?: string): void {
    this.#waiting = clientId === undefined ? [] : this.#waiting.filter(({ target }) => target.clientId !== clientId)
  }

  /** Takes the fault for the next answer to this client, if one is queued. */
  next(flow: FlowName | undefined, clientId: string | undefined): Fault | undefined {
    const first = this.#waiting.find(
      ({ target }) =>
        (target.flow === undefined || target.flow === flow) &&
        (target.clientId === undefined || target.clientId === clientId)
    )
    if (first === undefined) return undefined
    this.#waiting = this.#waiting.flatMap((waiting) => {
      if (waiting !== first) return [waiting]
      return waiting.times > 1 ? [{ ...waiting, times: waiting.times - 1 }] : []
    })
    return first.fault
  }
}
