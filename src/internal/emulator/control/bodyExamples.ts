/** A body for each request of the control API that takes one, for the documentation and for whoever has sent none. */
const examples: Readonly<Record<string, unknown>> = {
  "POST /__emulator/faults": { fault: "hang" },
  "POST /__emulator/tokens/expire": {},
  "POST /__emulator/tokens/revoke": {},
  "PUT /__emulator/lifetime": { lifetime: "90s" },
  "PUT /__emulator/keys": { clientId: "my-client", clientSecret: "my-secret", subscriptionKey: "my-key" },
  "DELETE /__emulator/keys": { clientId: "my-client" }
}

/** Returns the body as JSON; undefined if the request takes none. */
export const bodyExample = (method: string, path: string): string | undefined => {
  const example = examples[`${method} ${path}`]
  return example === undefined ? undefined : JSON.stringify(example)
}
