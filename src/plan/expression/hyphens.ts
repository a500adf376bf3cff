import { skipString } from './scan.ts'

/** Expression text that CEL can read, and the true name at each place where a hyphen had to go. */
export type Readable = { readonly text: string; readonly names: ReadonlyMap<number, string> }

/** Whether a scope has an input or a matrix axis of that name: `inputs.a-b` may also be a subtraction. */
export type KnownName = (root: 'inputs' | 'matrix', name: string) => boolean

const stepName = /\s*\.\s*([a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)/y
const otherName = /\s*\.\s*(\w+(?:-\w+)*)/y
const word = /[A-Za-z_]\w*/y

/**
 * Lets people write ids with hyphens as they are: `steps.approve-design.outcome`. CEL would read a subtraction, so
 * the hyphens become `_` (no position moves) and the true names are put back into the parsed expression.
 * Behind `steps.` this needs no knowledge: a step minus something has no meaning.
 */
export function readable(source: string, known: KnownName): Readable {
  const names = new Map<number, string>()
  let text = ''
  let kept = 0
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!
    if (char === '"' || char === "'") {
      const end = skipString(source, at)
      if (end === null) break
      at = end - 1
      continue
    }
    word.lastIndex = at
    const root = word.exec(source)?.[0]
    if (root === undefined) continue
    const name = isMember(source, at) ? null : hyphenatedName(source, at + root.length, root, known)
    at += root.length - 1
    if (name === null) continue
    names.set(name.at, name.name)
    text += source.slice(kept, name.at) + name.name.replaceAll('-', '_')
    kept = name.at + name.name.length
    at = kept - 1
  }
  return { text: text + source.slice(kept), names }
}

/** Whether the word at `at` is a field, as in `x.steps`. */
const isMember = (source: string, at: number): boolean => source.slice(0, at).trimEnd().endsWith('.')

function hyphenatedName(
  source: string,
  at: number,
  root: string,
  known: KnownName,
): { name: string; at: number } | null {
  if (root !== 'steps' && root !== 'inputs' && root !== 'matrix') return null
  const pattern = root === 'steps' ? stepName : otherName
  pattern.lastIndex = at
  const match = pattern.exec(source)
  if (match === null) return null
  const found = match[1]!
  const name = root === 'steps' ? found : longestKnown(root, found, known)
  return name.includes('-') ? { name, at: pattern.lastIndex - found.length } : null
}

/** `a-b-c`, else `a-b`, else `a`, whichever is known; the whole when nothing is, so that the message names it. */
function longestKnown(root: 'inputs' | 'matrix', found: string, known: KnownName): string {
  for (let name = found; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('-')))) {
    if (known(root, name)) return name
  }
  return found
}
