/** A line of a unified diff, with its sign. */
export type PatchLine = {
  /** `head`: modes and names; `hunk`: `@@ ... @@`; `note`: what git says of the end of a file. */
  readonly kind: 'head' | 'hunk' | 'added' | 'removed' | 'same' | 'note'
  readonly text: string
  /** In the new file, from 1: of what is added or stays. */
  readonly line: number | null
}

const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/

/** The lines of a patch. What a hunk holds is counted, so that no line of a file is taken for a heading. */
export function* patchLines(patch: string): Generator<PatchLine> {
  let [removed, added, line] = [0, 0, 0]
  for (const text of patch.replace(/\n$/, '').split('\n')) {
    const sign = text.charAt(0)
    if (removed > 0 || added > 0) {
      if (sign === '+') {
        added--
        yield { kind: 'added', text, line: line++ }
        continue
      }
      if (sign === '-' || sign === ' ') {
        removed--
        if (sign === ' ') added--
        yield sign === ' ' ? { kind: 'same', text, line: line++ } : { kind: 'removed', text, line: null }
        continue
      }
    }
    const found = hunk.exec(text)
    if (found !== null) {
      const [, oldCount = '1', start = '1', newCount = '1'] = found
      removed = Number(oldCount)
      added = Number(newCount)
      line = Number(start)
    }
    yield { kind: found !== null ? 'hunk' : sign === '\\' ? 'note' : 'head', text, line: null }
  }
}
