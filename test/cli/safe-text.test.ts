import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { colourSequence, safeLine, safeLines, safeStream } from '../../src/surfaces/cli/view/safe-text.ts'
import { columnsOf, cutToColumns } from '../../src/surfaces/cli/view/width.ts'

const hostile = [
  ['sets the title', 'a\u001b]0;pwned\u0007b', 'ab'],
  ['writes to the clipboard', 'a\u001b]52;c;cm0gLXJmIH4=\u001b\\b', 'ab'],
  ['clears the screen', 'a\u001b[2J\u001b[Hb', 'ab'],
  ['moves the cursor up', 'a\u001b[3Ab', 'ab'],
  ['asks the terminal to answer', 'a\u001b[6n\u001b[cb', 'ab'],
  ['is a device control string', 'a\u001bP+q544e\u001b\\b', 'ab'],
  ['uses one-byte C1 codes', 'a\u009b2J\u009d0;x\u009cb', 'ab'],
  ['resets the terminal', 'a\u001bcb', 'ab'],
  ['changes the character set', 'a\u001b(0b', 'ab'],
  ['never ends its string', 'a\u001b]0;forever', 'a'],
  ['is an escape alone', 'a\u001b', 'a␛'],
  ['rings and backs up', 'a\u0007\u0008b', 'a␇␈b'],
  ['turns the reading direction', 'a\u202eb', 'a<U+202E>b'],
  ['deletes', 'a\u007fb', 'a␡b'],
] as const

test.each(hostile)('text that %s is made harmless', (_what, text, shown) => {
  expect(safeLines(text, true)).toBe(shown)
  expect(safeLine(text)).toBe(shown)
})

test('colours pass where colours may be, and vanish elsewhere', () => {
  expect(safeLines('\u001b[1;31mred\u001b[0m', true)).toBe('\u001b[1;31mred\u001b[0m')
  expect(safeLines('\u001b[1;31mred\u001b[0m', false)).toBe('red')
  expect(safeLine('\u001b[1;31mred\u001b[0m')).toBe('red')
})

test('a line that overwrites itself becomes lines', () => {
  expect(safeLines('10%\r50%\r\n100%\n', true)).toBe('10%\n50%\n100%\n')
})

test('nothing but text, tabs, line ends and colours comes out, however a stream is cut', () => {
  const pieces = fc.constantFrom(
    'a',
    '\u001b',
    '[',
    ']',
    '0',
    ';',
    'm',
    '\u0007',
    '\\',
    '\r',
    '\n',
    '\u009b',
    'é',
    '2J',
    '\u202e',
    ' ',
  )
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40, size: 'max' }),
      fc.array(fc.nat(40), { maxLength: 5 }),
      (text, cuts) => {
        const whole = text.join('')
        const stream = safeStream(true)
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length]
        const chunks = at
          .slice(1)
          .map((end, index) => stream.push(whole.slice(at[index], Math.max(end, at[index] ?? 0))))
        const shown = `${chunks.join('')}${stream.end()}`
        const rest = shown.replaceAll(new RegExp(colourSequence, 'gu'), '').replaceAll(/[\t\n]/gu, '')
        expect(rest).not.toMatch(/[\p{Cc}\u202e]/u)
      },
    ),
    { numRuns: 500 },
  )
})

test('a colour that is cut in two by the end of a chunk is put together', () => {
  const stream = safeStream(true)
  expect([stream.push('a\u001b[3'), stream.push('1mb\r'), stream.push('\nc'), stream.end()].join('')).toBe(
    'a\u001b[31mb\nc',
  )
})

test('columns are counted as terminals do', () => {
  expect(columnsOf('abc')).toBe(3)
  expect(columnsOf('\u001b[31mabc\u001b[0m')).toBe(3)
  expect(columnsOf('日本')).toBe(4)
  expect(columnsOf('é')).toBe(1)
  expect(columnsOf('👩‍👩‍👧')).toBe(2)
  expect(columnsOf('✓ ● · │')).toBe(7)
})

test('a cut line is as wide as it may be, and leaves no colour open', () => {
  expect(cutToColumns('abcdef', 4)).toBe('abc…')
  expect(cutToColumns('日本語', 4)).toBe('日…')
  expect(cutToColumns('\u001b[31mabcdef\u001b[0m', 4)).toBe('\u001b[31mabc…\u001b[0m')
  expect(cutToColumns('abc', 3)).toBe('abc')
})

test('sequences that begin again and again and never end take no longer than other text', () => {
  const begun = performance.now()
  expect(safeLine(`${'\u009d'.repeat(200_000)}\u001bq done`, 100)).toMatch(/^<U\+009D>/)
  expect(performance.now() - begun).toBeLessThan(2000)
})
