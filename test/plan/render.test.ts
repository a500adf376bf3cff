import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Diagnostic } from '../../src/base/diagnostic.ts'
import { renderDiagnostic } from '../../src/plan/render.ts'

const at = (line: number, column: number, endColumn: number, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code: 'STEP_UNKNOWN',
  severity: 'error',
  message: 'it is wrong',
  file: 'p.yaml',
  line,
  column,
  endLine: line,
  endColumn,
  ...more,
})

const render = (diagnostic: Diagnostic, source: string): string =>
  renderDiagnostic(diagnostic, source, { color: false })

test('a mistake is shown in its line, with marks under it and help below', () => {
  expect(render(at(2, 11, 15, { help: 'did you mean "test"?' }), 'a:\n  needs: [tset]\n')).toBe(
    'p.yaml:2:11  STEP_UNKNOWN  it is wrong\n    needs: [tset]\n            ^^^^\n    help: did you mean "test"?',
  )
})

test('a warning says so, and a mistake over several lines is marked in the first', () => {
  expect(render(at(1, 1, 3, { severity: 'warning', endLine: 3 }), 'one two\nthree\n')).toBe(
    'p.yaml:1:1  STEP_UNKNOWN  warning: it is wrong\n    one two\n    ^^^^^^^',
  )
})

test('colors surround the parts and change nothing else', () => {
  const colored = renderDiagnostic(at(1, 1, 2, { help: 'x' }), 'a\n', { color: true })
  expect(colored).toContain('\u001B[31m^\u001B[0m')
  // oxlint-disable-next-line no-control-regex -- the codes of colors
  expect(colored.replaceAll(/\u001B\[\d+m/g, '')).toBe(render(at(1, 1, 2, { help: 'x' }), 'a\n'))
})

test('a place that the text does not have is only named', () => {
  expect(render(at(9, 1, 2), 'one line')).toBe('p.yaml:9:1  STEP_UNKNOWN  it is wrong')
  expect(render(at(1, 1, 2), '')).toBe('p.yaml:1:1  STEP_UNKNOWN  it is wrong')
})

test('a BOM is not part of the first line', () => {
  expect(render(at(1, 1, 2), '\uFEFFab')).toContain('\n    ab\n    ^')
})

test('marks stand under wide characters, tabs and what is made visible', () => {
  expect(render(at(1, 4, 6), '漢字:xy')).toContain('\n    漢字:xy\n         ^^')
  expect(render(at(1, 3, 4), 'a\tb')).toContain('\n    a  b\n       ^')
  expect(render(at(1, 3, 4), 'a\u202Eb')).toContain('\n    a<U+202E>b\n             ^')
  expect(render(at(1, 3, 4), 'e\u0301x')).toContain('\n    e\u0301x\n     ^')
})

test('nothing of a text, a name or a message reaches the terminal as a command', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300, size: 'max' }),
      fc.nat(300),
      fc.nat(20),
      (text, column, width) => {
        const shown = render(at(1, column + 1, column + width + 1, { message: text, help: text, file: text }), text)
        // oxlint-disable-next-line no-control-regex -- finding them is the purpose
        expect(shown).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/)
        expect(shown.isWellFormed()).toBe(true)
      },
    ),
  )
})

test('a line of a megabyte is cut around the mistake', () => {
  const line = `${'x'.repeat(500_000)}HERE${'y'.repeat(500_000)}`
  const [, excerpt = '', marks = ''] = render(at(1, 500_001, 500_005), line).split('\n')
  expect(excerpt.length).toBeLessThan(120)
  expect(excerpt.indexOf('HERE')).toBe(marks.indexOf('^^^^'))
  expect(excerpt).toMatch(/^ {4}…x+HEREy+…$/)
})
