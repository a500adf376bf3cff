import { apostrophe, countPart, type Cursor, here, unsure } from './cursor.ts'

/** A text in quotes, on one line. */
export function quotedScalar<T>(c: Cursor<T>): T {
  const start = c.at
  countPart(c, start)
  const isSingle = here(c) === apostrophe
  const close = isSingle ? closeOfSingle(c.text, start) : closeOfDouble(c.text, start)
  const raw = c.text.slice(start + 1, close)
  if (raw.includes('\n')) unsure()
  const value = isSingle ? raw.replaceAll("''", "'") : raw.includes('\\') ? unescaped(raw) : raw
  c.at = close + 1
  return c.make.scalar(start, c.at, value, value, false)
}

function closeOfSingle(text: string, open: number): number {
  let close = text.indexOf("'", open + 1)
  while (close !== -1 && text[close + 1] === "'") close = text.indexOf("'", close + 2)
  return close === -1 ? unsure() : close
}

function closeOfDouble(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close !== -1; close = text.indexOf('"', close + 1)) {
    let backslashes = 0
    while (text[close - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return close
  }
  return unsure()
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
}

function unescaped(raw: string): string {
  const text = raw.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, char: string) =>
    code === undefined ? (escapes[char] ?? unsure()) : String.fromCharCode(parseInt(code, 16)),
  )
  // Halves of characters and U+0000 are mistakes, told elsewhere.
  return text.isWellFormed() && !text.includes('\0') ? text : unsure()
}
