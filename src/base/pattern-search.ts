import { type Pattern, patterns } from './secret-patterns.ts'

/** A part of a text that is not to be shown. */
export type Cut = { readonly start: number; readonly end: number }

/** What was found, and up to where it is certain: behind it a secret may have begun whose end is not there yet. */
export type Found = { readonly cuts: readonly Cut[]; readonly certain: number }

/** No secret but a private key is longer. */
const longestToken = 8400
const longestKey = 16_384
/** As much of a text as has to be there, at most, before everything in its first half is certain. */
export const enoughToDecide: number = 2 * longestKey

/** A password in an address; the search of files has a rule of its own for it. */
const urlPassword: Pattern = {
  rule: 'url_password',
  prefixes: ['://'],
  shape: /:\/\/[^\s:@/"'<>]{1,64}:([^\s@/"'<>]{6,256})@/y,
}
const keyPrefix = '-----BEGIN '
const keyHeader = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY/y
const keyHeaderLength = 64
const keyBeginLength = 1400
const keyEnd = /-----END [A-Z0-9 ]{0,40}-----/g

/** Where a word begins is found out before, in more ways than a shape knows. */
const unbound = (shape: RegExp): RegExp => new RegExp(shape.source.replaceAll(/\(\?<!\[[^\]]+\]\)/g, ''), 'y')

type Entry = { readonly prefix: string; readonly shape: RegExp }

/** By the code of the first character, which all are ASCII. */
const entries: readonly (readonly Entry[])[] = (() => {
  const byFirst: Entry[][] = Array.from({ length: 128 }, () => [])
  for (const { prefixes, shape } of [...patterns, urlPassword])
    for (const prefix of prefixes) byFirst[prefix.charCodeAt(0)]?.push({ prefix, shape: unbound(shape) })
  return byFirst
})()

const mayBegin = Uint8Array.from(entries, (possible) => (possible.length > 0 ? 1 : 0))
const isAlphanumeric = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9]/.test(String.fromCharCode(code)) ? 1 : 0,
)
/** What no secret that stands in one piece has in it. */
const isTerminator = Uint8Array.from({ length: 128 }, (_, code) =>
  code <= 0x20 || '(){}[]<>,;|&!?*#^~`'.includes(String.fromCharCode(code)) ? 1 : 0,
)

export const endsToken = (code: number): boolean => code < 128 && isTerminator[code] === 1

/**
 * Secrets in a text that are known by how they begin, in linear time: only where a word begins are the first characters
 * compared, and every shape is bounded.
 *
 * @param from what stands before is only looked back at
 * @param isWhole whether nothing comes behind the text
 */
export function searchPatterns(text: string, from: number, isWhole: boolean): Found {
  const cuts: Cut[] = []
  let terminator = from
  let before = from === 0 ? 0 : alphanumericAt(text, from - 1)
  // Where a character ends that is written with letters or digits: no word goes on behind it.
  let escapeEnd = -1
  for (let at = Math.max(0, from - longestEscape); at < from; at++) {
    const code = text.charCodeAt(at)
    if (code === backslash || code === percent) escapeEnd = endOfEscape(text, at) ?? escapeEnd
  }
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 128) {
      before = 0
      continue
    }
    const now = isAlphanumeric[code]!
    const begins = mayBegin[code] === 1 && (before === 0 || now === 0 || at === escapeEnd)
    before = now
    if (code === backslash || code === percent) escapeEnd = endOfEscape(text, at) ?? escapeEnd
    if (!begins) continue
    const possible = entries[code]!
    terminator = Math.max(terminator, at)
    while (terminator < text.length && !endsToken(text.charCodeAt(terminator))) terminator++
    const isThere = isWhole || terminator < text.length || text.length - at >= longestToken
    const found = matchAt(text, at, possible, isThere, isWhole)
    if (found === 'later') return { cuts, certain: at }
    if (found === null) continue
    cuts.push(found)
    at = found.end - 1
    before = alphanumericAt(text, at)
  }
  return { cuts, certain: text.length }
}

function matchAt(
  text: string,
  at: number,
  possible: readonly Entry[],
  isThere: boolean,
  isWhole: boolean,
): Cut | 'later' | null {
  for (const { prefix, shape } of possible) {
    if (!text.startsWith(prefix, at)) {
      if (!isWhole && text.length - at < prefix.length && prefix.startsWith(text.slice(at))) return 'later'
      continue
    }
    if (prefix === keyPrefix) return keyAt(text, at, shape, isWhole)
    if (!isThere) return 'later'
    shape.lastIndex = at
    const match = shape.exec(text)
    if (match === null) continue
    const [whole, inner] = match
    const start = inner === undefined ? at : at + whole.lastIndexOf(inner)
    return { start, end: start + (inner ?? whole).length }
  }
  return null
}

/** A private key with all its lines. */
function keyAt(text: string, at: number, shape: RegExp, isWhole: boolean): Cut | 'later' | null {
  const have = text.length - at
  if (!isWhole && have < keyHeaderLength) return 'later'
  keyHeader.lastIndex = at
  if (!keyHeader.test(text)) return null
  shape.lastIndex = at
  if (!shape.test(text)) return isWhole || have >= keyBeginLength ? null : 'later'
  keyEnd.lastIndex = at
  const end = keyEnd.exec(text)
  if (end !== null && end.index - at < longestKey) return { start: at, end: end.index + end[0].length }
  if (!isWhole && have < longestKey) return 'later'
  return { start: at, end: Math.min(text.length, at + longestKey) }
}

const backslash = 0x5c
const percent = 0x25
const longestEscape = 6

/** Behind `\\n`, `\\u000a` or `%20`; `null`: none of them begins there. */
function endOfEscape(text: string, at: number): number | null {
  const next = text[at + 1] ?? ''
  if (text.charCodeAt(at) === percent) return isHex(text, at + 1) && isHex(text, at + 2) ? at + 3 : null
  if (next === 'u') return [2, 3, 4, 5].every((ahead) => isHex(text, at + ahead)) ? at + longestEscape : null
  return next !== '' && 'nrtbfv0'.includes(next) ? at + 2 : null
}

const isHex = (text: string, at: number): boolean => /[0-9A-Fa-f]/.test(text[at] ?? '')

const alphanumericAt = (text: string, at: number): number => isAlphanumeric[text.charCodeAt(at)] ?? 0
