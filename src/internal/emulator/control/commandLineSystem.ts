/** The `Vipps-System-Name` by which the command line says who it is. */
export const commandLineSystem = "effect-vipps-token"
