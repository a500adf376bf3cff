import { type ChangedFile, changedFiles } from './changed-files.ts'
import { patchLines } from '../base/patch.ts'
import { mostBlobBytes } from './blobs.ts'
import type { ReadGit } from './git.ts'
import type { FileDiff, ShownChange, ShownDiff } from '../ports/reviewer.ts'
import { ownMatches } from './secrets/own.ts'

const mostFiles = 1000
const mostFileChars = 200_000
const mostChars = 4_000_000
/** Of all paths together; a command line holds two megabytes. */
const mostPathChars = 256 * 1024
/** Of git's output that is read at all. */
const mostBytes = 16 * 1024 * 1024

/** Findings with a line that are about a text, not about a secret in it. */
const shownRules: ReadonlySet<string> = new Set(['tests_skipped'])

/**
 * A change for people: file by file, as unified diffs. Lines in which the gate found a secret show that instead, and
 * `mask` takes out the values that orchd knows. What is too much to read is cut.
 */
export async function shownDiff(
  git: ReadGit,
  { base, commit, findings }: ShownChange,
  mask: (text: string) => string,
): Promise<ShownDiff> {
  const all = await changedFiles(git, base, commit)
  const paths = all.length > mostFiles ? firstPaths(all) : []
  const files = paths.length === 0 ? all : await changedFiles(git, base, commit, paths)
  const { sections, isCut } = await sectionsOf(git, base, commit, paths)
  const hidden = new Map<string, Map<number, string>>()
  for (const { file, line, rule } of findings) {
    if (line === null || shownRules.has(rule)) continue
    hidden.set(file, (hidden.get(file) ?? new Map<number, string>()).set(line, rule))
  }
  const shown: FileDiff[] = []
  let [chars, cut, at] = [0, paths.length > 0 || isCut, 0]
  for (const file of files) {
    // A file that becomes a link is told as one that goes and one that comes.
    const own = sections.slice(at, (at += file.status === 'type_changed' ? 2 : 1)).join('')
    const path = mask(file.path)
    const patch = wholeLines(own, mostFileChars)
    const isLeftOut = patch.length < own.length || (isCut && at >= sections.length)
    if (isLeftOut || chars > mostChars) cut = true
    if (chars > mostChars) continue
    chars += patch.length
    const lines = hidden.get(path) ?? new Map<number, string>()
    const text = `${mask(withoutSecrets(patch, lines))}${isLeftOut ? leftOut : ''}`
    shown.push({ path, old_path: mask(file.oldPath), status: file.status, patch: text })
  }
  return { files: shown, cut }
}

/** As many as are shown, and fit on a command line. */
function firstPaths(files: readonly ChangedFile[]): readonly string[] {
  let chars = 0
  const first = files.slice(0, mostFiles).map(({ path }) => path)
  return first.filter((path) => (chars += path.length) <= mostPathChars)
}

/** As git says of the end of a file that it has no newline. */
const leftOut = '\n\\ The rest of what is changed in this file is left out'

/** Half a line may hold half a secret, which nobody finds. */
const wholeLines = (text: string, most: number): string =>
  text.length <= most ? text : text.slice(0, text.lastIndexOf('\n', most - 1) + 1)

/**
 * One patch for each file, in the order of the raw format, without what repeats its name; those that are too far behind
 * are missing.
 */
async function sectionsOf(
  git: ReadGit,
  base: string,
  commit: string,
  paths: readonly string[],
): Promise<{ readonly sections: readonly string[]; readonly isCut: boolean }> {
  // A file that the gate finds too large to look into is told to differ, and no more.
  const settings = ['-c', `core.bigFileThreshold=${mostBlobBytes}`]
  const flags = ['-r', '-p', '-M', '--no-ext-diff', '--no-textconv', '--no-color']
  const bytes = await git([...settings, 'diff-tree', ...flags, base, commit, '--', ...paths], '', mostBytes)
  const isCut = bytes.length >= mostBytes
  const output = isCut ? wholeLines(bytes.toString('utf8'), bytes.length - 1) : bytes.toString('utf8')
  // No line of a file begins like this: each has a sign before it. Only LF ends a line for git, and so here.
  return { sections: output.split(/(?<![^\n])diff --git [^\n]*\n/).slice(1), isCut }
}

function withoutSecrets(patch: string, hidden: ReadonlyMap<number, string>): string {
  const lines = Array.from(patchLines(patch), ({ kind, text, line }) => {
    const rule = kind === 'added' && line !== null ? hidden.get(line) : undefined
    return rule === undefined ? text : `+*** (${rule}, ${text.length - 1} characters)`
  })
  const text = lines.join('\n')
  // Also where it stood before, or goes.
  return ownMatches('', text).reduce((left, { text: secret }) => left.replaceAll(secret, '***'), text)
}
