/**
 * The faults that wait for the next answers, first come first served.
 */
import type { FlowName } from "../../../core/tokenRequest.js"
import type { Fault } from "./fault.js"

/** Whose answers a fault is for; all that pass its queue, where nothing is said. */
export interface FaultTarget {
  readonly flow?: FlowName | undefined
  readonly clientId?: string | undefined
}

/** A fault, and how many answers it is still for. */
export interface WaitingFault {
  readonly fault: Fault
  readonly target: FaultTarget
  readonly times: number
}

export class FaultQueue {
  #waiting: ReadonlyArray<WaitingFault> = []

  add(fault: Fault, times: number, target: FaultTarget = {}): void {
    if (times > 0) this.#waiting = [...this.#waiting, { fault, times, target }]
  }

  all(): ReadonlyArray<WaitingFault> {
    return this.#waiting
  }

  /** Forgets the faults that wait: all, or those for one client id alone. */
  clear(clientId?: string): void {
    this.#waiting = clientId === undefined ? [] : this.#waiting.filter(({ target }) => target.clientId !== clientId)
  }

  /** The fault of the next answer to this client, if one waits. */
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
