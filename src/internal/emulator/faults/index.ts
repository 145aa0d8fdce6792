/** All faults, as the namespace `Fault`. */
export * from "./deliveries.js"
export type { Fault } from "./fault.js"
export * from "./grants.js"
export * from "./outages.js"
export * from "./refusedKeys.js"
