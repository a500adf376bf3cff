import { Minimatch, type MinimatchOptions } from 'minimatch'

const asWritten = { dot: true, nonegate: true, nocomment: true } as const
const options = { ...asWritten, noext: true } as const

/** Whether a path, relative to the project folder, matches any of the globs; a folder's name matches all that is in it. */
export const matcherOf = (globs: readonly string[]): ((path: string) => boolean) => matcher(globs, options)

/** The same, for globs that the file system is searched with, too: they know more. */
export const globMatcherOf = (globs: readonly string[]): ((path: string) => boolean) => matcher(globs, asWritten)

function matcher(globs: readonly string[], how: MinimatchOptions): (path: string) => boolean {
  const patterns = globs
    .flatMap((glob) => [glob, `${glob.replace(/\/$/, '')}/**`])
    .map((glob) => new Minimatch(glob, how))
  return (path) => patterns.some((pattern) => pattern.match(path))
}
