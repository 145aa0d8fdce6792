/** The result of one step of `check`. */
export type Outcome = "ok" | "warn" | "fail" | "skipped"

export interface CheckResult {
  /** A name for programs, such as `standard.token`. */
  readonly id: string
  readonly outcome: Outcome
  readonly message: string
  /** The next step, if there is one. */
  readonly next: string | undefined
  /** The exit code that the step calls for if it failed. */
  readonly exitCode?: number | undefined
}

export const ok = (id: string, message: string): CheckResult => ({ id, outcome: "ok", message, next: undefined })

export const skipped = (id: string, message: string): CheckResult => ({
  id,
  outcome: "skipped",
  message,
  next: undefined
})

export const warn = (id: string, message: string, next: string): CheckResult => ({ id, outcome: "warn", message, next })

export const fail = (id: string, message: string, next: string, exitCode: number): CheckResult => ({
  id,
  outcome: "fail",
  message,
  next,
  exitCode
})
