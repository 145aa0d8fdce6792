/** As much of workerd's own module as the worker in `applications/` imports. */
declare module "cloudflare:workers" {
  export const waitUntil: (promise: Promise<unknown>) => void
}
