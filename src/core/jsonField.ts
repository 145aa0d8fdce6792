/**
 * Reads a field of parsed JSON. Only own fields count, and nothing of a value is ever formatted: a value nested 10,000
 * deep must not overflow the stack (F57).
 */
export const jsonField = (json: unknown, name: string): unknown =>
  typeof json === "object" && json !== null ? Object.getOwnPropertyDescriptor(json, name)?.value : undefined
