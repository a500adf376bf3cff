import { err, ok, type Result } from '../../../base/result.ts'
import { LineSearch } from './find.ts'
import { type Hunk, hunksOf, newLinesOf, quoted } from './hunks.ts'
import { type Line, linesOf, textOf } from './lines.ts'

/**
 * The text with the diff's changes, or in words why they do not fit. Lines that stay keep their own white space and line
 * ends, whatever the diff has; a text that ends without a line end stays so.
 */
export function updatedText(text: string, diff: string): Result<string, string> {
  const file = linesOf(text)
  // Who was shown the file may have copied its invisible mark.
  const hunks = hunksOf(file.byteOrderMark ? diff.replace(/^([-+ ])\uFEFF/gm, '$1') : diff)
  if (!hunks.ok) return hunks
  const search = new LineSearch(file.lines.map((line) => line.text))
  const changed: Line[] = []
  let done = 0
  for (const hunk of hunks.value) {
    const place = placeOf(hunk, search, done)
    if (!place.ok) return place
    const [start, rows] = place.value
    changed.push(...file.lines.slice(done, start))
    done = start
    for (const { kind, text: added } of rows) {
      if (kind === 'add') changed.push({ text: added, ending: file.ending })
      else {
        const line = file.lines[done]
        if (kind === 'keep' && line !== undefined) changed.push(line)
        done += 1
      }
    }
  }
  return ok(textOf({ ...file, lines: [...changed, ...file.lines.slice(done)] }))
}

/** The text of a new file. It ends with a line end; models that write that as a last empty line mean the same. */
export function createdText(diff: string): Result<string, string> {
  const lines = newLinesOf(diff)
  if (!lines.ok) return lines
  const rows = lines.value.length > 1 && lines.value.at(-1) === '' ? lines.value.slice(0, -1) : lines.value
  return ok(rows.map((line) => `${line}\n`).join(''))
}

/** Where a hunk begins, and its rows as they fit there. */
function placeOf(
  hunk: Hunk,
  search: LineSearch,
  done: number,
): Result<readonly [start: number, rows: Hunk['rows']], string> {
  const from = behindAnchors(hunk, search, done)
  if (!from.ok) return from
  for (const rows of withoutLastBlank(hunk.rows)) {
    const wanted = wantedOf(rows)
    const end = Math.max(from.value, search.count - wanted.length)
    const start = (hunk.atEnd ? search.find(wanted, end) : null) ?? search.find(wanted, from.value)
    if (start !== null) return ok([start, rows])
  }
  return err(
    `these lines are not in the file${from.value > 0 ? ` below line ${from.value}` : ''}:\n${shown(wantedOf(hunk.rows))}`,
  )
}

const wantedOf = (rows: Hunk['rows']): readonly string[] =>
  rows.filter(({ kind }) => kind !== 'add').map(({ text }) => text)

/** What stands behind the last line end is no line, though some diffs have it as an empty one. */
function* withoutLastBlank(rows: Hunk['rows']): Generator<Hunk['rows']> {
  yield rows
  const last = rows.at(-1)
  if (rows.length > 1 && last?.kind === 'keep' && last.text.trim() === '') yield rows.slice(0, -1)
}

/** The line below the last anchor. An anchor that is not there does not matter when the place is clear without it. */
function behindAnchors({ anchors, rows }: Hunk, search: LineSearch, done: number): Result<number, string> {
  let from = done
  for (const anchor of anchors) {
    const found = search.find([anchor], from)
    if (found === null) {
      const wanted = wantedOf(rows)
      const start = wanted.length === 0 ? null : search.find(wanted, done)
      const isClear = start !== null && search.find(wanted, start + 1) === null
      return isClear ? ok(done) : err(`the line of the hunk header, ${quoted(anchor)}, is not in the file`)
    }
    from = found + 1
  }
  return ok(from)
}

const mostShown = 12

function shown(lines: readonly string[]): string {
  const more = lines.length - mostShown
  return [...lines.slice(0, mostShown), ...(more > 0 ? [`(and ${more} more)`] : [])].join('\n')
}
