/** A function that remembers what it has made last, for as long as it is asked for the same. */
export const rememberLast = <A, B>(make: (a: A) => B): ((a: A) => B) => {
  let last: { readonly a: A; readonly b: B } | undefined
  return (a) => {
    if (last === undefined || last.a !== a) last = { a, b: make(a) }
    return last.b
  }
}
