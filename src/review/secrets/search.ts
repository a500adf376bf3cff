import { Matcher } from '../../base/matcher.ts'
import { secretForms, utf8Bytes } from '../../base/secret-forms.ts'
import { assignments, isSettingsFile } from './assignments.ts'
import { fingerprint, type FoundSecret, type Match } from './found.ts'
import { patterns } from '../../base/secret-patterns.ts'
import { presetFindings } from './preset.ts'

/** Finds the values of known secrets in every form in which they may stand in a file. */
export type KnownValues = (bytes: Uint8Array) => readonly { readonly index: number; readonly text: string }[]

export function knownValues(values: readonly string[]): KnownValues {
  const forms = [...new Set(values.flatMap((value) => secretForms(value)))]
  if (forms.length === 0) return () => []
  const matcher = new Matcher(forms.map((form) => utf8Bytes(form)))
  return (bytes) => {
    const found: { index: number; text: string }[] = []
    let state = 0
    for (let at = 0; at < bytes.length && found.length < mostMatches; at++) {
      state = matcher.step(state, bytes[at] ?? 0)
      const length = matcher.found(state)
      if (length === 0) continue
      const index = at + 1 - length
      found.push({ index, text: Buffer.from(bytes.subarray(index, at + 1)).toString('latin1') })
    }
    return found
  }
}

/** More than anybody reads. */
const mostMatches = 1000

/**
 * Everything in a file that looks like a secret, in linear time. What is not text is searched too: as it is, and
 * without its NULs, which is how UTF-16 shows its ASCII.
 */
export async function searchFile(
  path: string,
  bytes: Uint8Array,
  known: readonly KnownValues[],
): Promise<FoundSecret[]> {
  const found = new Map<string, FoundSecret>()
  for (const view of viewsOf(bytes)) {
    const text = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('latin1')
    const lines = lineStarts(text)
    const values = known.flatMap((find) => [...find(view)])
    const matches = [
      ...values.map((value) => ({ rule: 'known_secret', ...value })),
      ...ownMatches(path, text),
      ...(await presetFindings(path, text)),
    ]
    for (const match of matches) {
      const secret = { rule: match.rule, line: lineOf(lines, match.index), sha256: fingerprint(match.text) }
      // The first rule that tells of a secret in a line is the most exact one.
      const key = `${secret.line} ${secret.sha256}`
      if (!found.has(key) && found.size < mostMatches) found.set(key, secret)
    }
  }
  return [...found.values()].toSorted((a, b) => a.line - b.line)
}

/** The matches of orchd's own table and of assignments. */
export function ownMatches(path: string, text: string): Match[] {
  const matches: Match[] = []
  for (const { rule, prefixes, shape } of patterns) {
    for (const prefix of prefixes) {
      for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, at + 1)) {
        shape.lastIndex = at
        const match = shape.exec(text)
        if (match === null) continue
        const [whole, inner] = match
        matches.push({ rule, index: inner === undefined ? at : at + whole.indexOf(inner), text: inner ?? whole })
        if (matches.length >= mostMatches) return matches
        at += whole.length - 1
      }
    }
  }
  for (const { index, value } of assignments(text, isSettingsFile(path))) {
    if (matches.length >= mostMatches) break
    const isKnown = matches.some(
      (match) => match.index < index + value.length && index < match.index + match.text.length,
    )
    if (!isKnown) matches.push({ rule: 'assigned_secret', index, text: value })
  }
  return matches
}

function viewsOf(bytes: Uint8Array): readonly Uint8Array[] {
  return bytes.includes(0) ? [bytes, bytes.filter((byte) => byte !== 0)] : [bytes]
}

/** Where each line begins. A lone CR ends no line for git, nor here. */
function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function lineOf(starts: readonly number[], index: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= index) low = middle
    else high = middle - 1
  }
  return low + 1
}
