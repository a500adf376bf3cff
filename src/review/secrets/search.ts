import { fingerprint, type FoundSecret } from './found.ts'
import { type KnownValues, mostMatches, ownMatches } from './own.ts'
import { presetFindings } from './preset.ts'

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
