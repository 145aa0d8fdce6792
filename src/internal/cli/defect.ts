/** The description of a defect: where it happened, and none of its content, which may be anything. */
const mostFrames = 8

export const defectLines = (defect: unknown): ReadonlyArray<string> => [
  "This is a bug in effect-vipps-token, not in your keys. Please report it, with the command and these lines:",
  ...(defect instanceof Error ? [defect.constructor.name, ...frames(defect)] : [typeof defect])
]

/** Lines of the stack that name a place in a file; the message before them is left out. */
const frames = (defect: Error): ReadonlyArray<string> =>
  (defect.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at [\w.$<>#[\] ]*\(?(file:\/\/|node:|\/)?[\w./@\\:-]+:\d+:\d+\)?$/.test(line))
    .slice(0, mostFrames)
