import { Matcher } from '../../base/matcher.ts'
import { secretForms, utf8Bytes } from '../../base/secret-forms.ts'
import { patterns } from '../../base/secret-patterns.ts'
import { assignments, isSettingsFile } from './assignments.ts'
import type { Match } from './found.ts'

// What needs nothing but orchd itself: the holder uses it, too, without the rules of others.

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
export const mostMatches = 1000

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
