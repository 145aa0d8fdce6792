/**
 * Routing. Paths are matched case-insensitively, like Vipps does (docs/vipps-access-token.md §1.1). A segment that
 * begins with a colon matches any value.
 */

export interface Route<A> {
  readonly method: string
  readonly path: string
  readonly target: A
}

export interface RouteMatch<A> {
  readonly target: A
  readonly params: Readonly<Record<string, string>>
}

/** Finds the first matching route and its parameters. */
export const findRoute = <A>(
  routes: ReadonlyArray<Route<A>>,
  method: string,
  pathname: string
): RouteMatch<A> | undefined => {
  const segments = pathname.split("/")
  for (const route of routes) {
    const params = route.method === method ? paramsOf(route.path.split("/"), segments) : undefined
    if (params !== undefined) return { target: route.target, params }
  }
  return undefined
}

const paramsOf = (
  pattern: ReadonlyArray<string>,
  segments: ReadonlyArray<string>
): Record<string, string> | undefined => {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ""
    if (part.startsWith(":") && segment !== "") params[part.slice(1)] = segment
    else if (part.toLowerCase() !== segment.toLowerCase()) return undefined
  }
  return params
}
