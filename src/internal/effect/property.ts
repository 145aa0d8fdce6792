import * as Option from "effect/Option"

/** Reads a property of anything; undefined if there is none, or if a getter or a proxy throws. */
export const property = (value: unknown, name: PropertyKey): unknown => Option.getOrUndefined(read(Object(value), name))

const read = Option.liftThrowable((value: object, name: PropertyKey): unknown => Reflect.get(value, name))
