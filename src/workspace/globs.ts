import { Minimatch } from 'minimatch'

const options = { dot: true, nonegate: true, nocomment: true, noext: true } as const

/** Whether a path, relative to the project folder, matches any of the globs; a folder's name matches all that is in it. */
export function matcherOf(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs
    .flatMap((glob) => [glob, `${glob.replace(/\/$/, '')}/**`])
    .map((glob) => new Minimatch(glob, options))
  return (path) => patterns.some((pattern) => pattern.match(path))
}
