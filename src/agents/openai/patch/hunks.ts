import { err, ok, type Result } from '../../../base/result.ts'

/** One place of a file that changes. */
export type Hunk = {
  /** Lines that stand above the place, each below the one before: `@@ class Basket`, then `@@ def total`. */
  readonly anchors: readonly string[]
  readonly rows: readonly Row[]
  /** It ends where the file ends. */
  readonly atEnd: boolean
}

/** `keep` and `remove` must be there already. */
export type Row = { readonly kind: 'keep' | 'remove' | 'add'; readonly text: string }

const endOfFile = '*** End of File'
/** As unified diffs have it; the numbers are not to be trusted. */
const numbers = /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@ ?/
const kinds: Readonly<Record<string, Row['kind']>> = { ' ': 'keep', '-': 'remove', '+': 'add' }

/** The hunks of an update in the form V4A: `@@` and an anchor, then lines that begin with a blank, `-` or `+`. */
export function hunksOf(diff: string): Result<readonly Hunk[], string> {
  const hunks: Hunk[] = []
  let anchors: string[] = []
  let rows: Row[] = []
  const close = (atEnd: boolean): void => {
    if (rows.length > 0) hunks.push({ anchors, rows, atEnd })
    anchors = []
    rows = []
  }
  for (const [at, line] of rowsOf(diff).entries()) {
    const kind = kinds[line === '' ? ' ' : line.charAt(0)]
    if (line.startsWith('@@')) {
      if (rows.length > 0) close(false)
      const anchor = line.replace(numbers, '').replace(/^@@ ?/, '')
      if (anchor.trim() !== '') anchors.push(anchor)
    } else if (line === endOfFile) close(true)
    else if (kind !== undefined) rows.push({ kind, text: line.slice(1) })
    else
      return err(
        `line ${at + 1} of the diff, ${quoted(line)}, is neither a hunk header (@@) nor begins with a blank, - or +`,
      )
  }
  if (rows.length === 0 && anchors.length > 0) return err(`nothing follows @@ ${anchors.at(-1)}`)
  close(false)
  if (hunks.every((hunk) => hunk.rows.every(({ kind }) => kind === 'keep'))) return err('the diff changes nothing')
  return ok(hunks)
}

/** The lines of a file that is made new: each begins with `+`. */
export function newLinesOf(diff: string): Result<readonly string[], string> {
  const rows = rowsOf(diff)
  const wrong = rows.findIndex((line) => !line.startsWith('+'))
  if (wrong >= 0) return err(`line ${wrong + 1} of the diff, ${quoted(rows[wrong] ?? '')}, does not begin with +`)
  return ok(rows.map((line) => line.slice(1)))
}

/** Its own line ends mean nothing: those of the file count. */
function rowsOf(diff: string): readonly string[] {
  const rows = diff.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  return rows.at(-1) === '' ? rows.slice(0, -1) : rows
}

/** As much of a line as a message needs. */
export const quoted = (line: string): string => JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line)
