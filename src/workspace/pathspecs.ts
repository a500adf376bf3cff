/** A command line holds two megabytes. */
const mostChars = 256 * 1024

/** Files as git is to be asked about them, so many at a time as fit on a command line. */
export function pathspecBatches(files: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = []
  let chars = Infinity
  for (const file of files) {
    const pathspec = `:(top,literal)${file}`
    if (chars + pathspec.length > mostChars) {
      batches.push([])
      chars = 0
    }
    batches.at(-1)?.push(pathspec)
    chars += pathspec.length
  }
  return batches
}

/** Of many files the first ones, which will do where something is only told. */
export const firstPathspecs = (files: readonly string[]): readonly string[] => pathspecBatches(files)[0] ?? []
