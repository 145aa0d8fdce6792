/**
 * The faults that wait for the next answers, first come first served.
 */
import type { FlowName } from "../../../core/tokenRequest.js"
import type { Fault } from "./fault.js"

interface Waiting {
  readonly fault: Fault
  /** Whose answers it is for; nothing for all that pass this queue. */
  readonly flow: FlowName | undefined
  times: number
}

export class FaultQueue {
  #waiting: Array<Waiting> = []

  add(fault: Fault, times: number, flow?: FlowName): void {
    if (times > 0) this.#waiting.push({ fault, flow, times })
  }

  clear(): void {
    this.#waiting = []
  }

  /** The fault of the next answer of this flow, if one waits. */
  next(flow: FlowName | undefined): Fault | undefined {
    const first = this.#waiting.find((waiting) => waiting.flow === undefined || waiting.flow === flow)
    if (first === undefined) return undefined
    first.times -= 1
    if (first.times <= 0) this.#waiting.splice(this.#waiting.indexOf(first), 1)
    return first.fault
  }
}
