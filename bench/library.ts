/** The library as it is built: what users run, and what no loader has touched. `npm run build` makes it. */
export * from "../dist/index.js"
