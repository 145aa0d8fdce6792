/** Payments by sales unit: their state and captured amount. A reference is unique within its sales unit. */
import type { Amount, CreatePayment } from "./paymentContract.js"

export interface Payment {
  readonly reference: string
  readonly pspReference: string
  readonly state: "CREATED" | "AUTHORIZED"
  readonly amount: Amount
  readonly captured: number
  readonly paymentMethod: CreatePayment["paymentMethod"]
  readonly redirectUrl: string | undefined
  readonly metadata: CreatePayment["metadata"]
}

/** The payment that every sales unit starts with. */
const firstPayment = (pspReference: string): Payment => ({
  reference: "order-1001",
  pspReference,
  state: "AUTHORIZED",
  amount: { currency: "NOK", value: 49900 },
  captured: 0,
  paymentMethod: { type: "WALLET" },
  redirectUrl: undefined,
  metadata: undefined
})

export class Payments {
  /** Payments by sales unit, then by reference. */
  readonly #payments = new Map<string, Map<string, Payment>>()
  #count = 0

  find(salesUnit: string, reference: string): Payment | undefined {
    return this.#of(salesUnit).get(reference)
  }

  create(salesUnit: string, { amount, metadata, paymentMethod, reference, userFlow }: CreatePayment): Payment {
    const pspReference = this.#nextPspReference()
    const payment: Payment = {
      reference,
      pspReference,
      state: "CREATED",
      amount,
      captured: 0,
      paymentMethod,
      redirectUrl: userFlow === "PUSH_MESSAGE" ? undefined : `${landingPage}?token=${pspReference}`,
      metadata
    }
    this.#of(salesUnit).set(reference, payment)
    return payment
  }

  capture(salesUnit: string, payment: Payment, value: number): Payment {
    const captured = { ...payment, captured: payment.captured + value }
    this.#of(salesUnit).set(payment.reference, captured)
    return captured
  }

  /** Approves all payments with this reference, and returns whether there was one. */
  approve(reference: string): boolean {
    const found = [...this.#payments.values()].filter((payments) => payments.has(reference))
    for (const payments of found) {
      const payment = payments.get(reference)
      if (payment !== undefined) payments.set(reference, { ...payment, state: "AUTHORIZED" })
    }
    return found.length > 0
  }

  /** Forgets all payments. */
  clear(): void {
    this.#payments.clear()
  }

  #of(salesUnit: string): Map<string, Payment> {
    const known = this.#payments.get(salesUnit)
    if (known !== undefined) return known
    const first = firstPayment(this.#nextPspReference())
    const payments = new Map([[first.reference, first]])
    this.#payments.set(salesUnit, payments)
    return payments
  }

  #nextPspReference(): string {
    return String(3343121302 + this.#count++)
  }
}

/** A landing page that resolves nowhere (RFC 6761 §6.4). */
const landingPage = "https://landing.vipps-emulator.invalid/"
