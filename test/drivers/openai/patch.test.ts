import { structuredPatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createdText, updatedText } from '../../../src/agents/openai/patch/apply.ts'

const basket =
  'class Basket:\n    def total(self):\n        return 0\n\nclass Order:\n    def total(self):\n        return 0\n'

/** The diff as a model writes it: no line numbers, and nothing of what it cannot see. */
function v4aOf(before: string, after: string, context: number): string {
  const { hunks } = structuredPatch('a', 'b', seen(before), seen(after), undefined, undefined, { context })
  return hunks
    .flatMap(({ lines }) => ['@@', ...lines.filter((line) => !line.startsWith('\\'))])
    .map((line) => line.replace(/\r$/, ''))
    .join('\n')
}

const seen = (text: string): string => text.replace('\uFEFF', '')

const endings = fc.record({
  newline: fc.constantFrom('\n', '\r\n'),
  last: fc.boolean(),
  mark: fc.constantFrom('', '\uFEFF'),
})
const textWith = (
  lines: readonly string[],
  { newline, last, mark }: { newline: string; last: boolean; mark: string },
) => mark + lines.join(newline) + (last && lines.length > 0 ? newline : '')

describe('an update', () => {
  test('gives the text that the diff was made for, whatever the lines and their ends', () => {
    const line = fc.constantFrom('', ' ', 'a', ' a', 'a ', '+', '-', '@@', '*** End of File', 'b\t', '}')
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(line, { maxLength: 12 }), endings, (from, to, ends) => {
        const given = {
          ...ends,
          // A text without a line end does not tell which ones it would have.
          newline: from.length > 1 ? ends.newline : '\n',
          last: ends.last || from.at(-1) === '' || to.at(-1) === '' || from.length === 0 || to.length === 0,
        }
        const [before, after] = [textWith(from, given), textWith(to, given)]
        fc.pre(before !== after)
        expect(updatedText(before, v4aOf(before, after, 100))).toEqual({ ok: true, value: after })
      }),
      { numRuns: 2000 },
    )
  })

  test('finds each place by three lines around it when lines are told apart', () => {
    const edits = fc.array(fc.constantFrom('keep', 'keep', 'keep', 'drop', 'change', 'insert'), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(edits, endings, (kinds, ends) => {
        const from = kinds.map((_, at) => `line ${at}`)
        const to = kinds.flatMap((kind, at) =>
          kind === 'drop'
            ? []
            : kind === 'change'
              ? [`changed ${at}`]
              : kind === 'insert'
                ? [`line ${at}`, `new ${at}`]
                : [`line ${at}`],
        )
        const given = { ...ends, newline: from.length > 1 ? ends.newline : '\n', last: ends.last || to.length === 0 }
        const [before, after] = [textWith(from, given), textWith(to, given)]
        fc.pre(before !== after)
        expect(updatedText(before, v4aOf(before, after, 3))).toEqual({ ok: true, value: after })
      }),
    )
  })

  test('never loses a line that the diff does not name', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 30 }), fc.string(), (lines, diff) => {
        const before = lines.map((line, at) => `${at} ${line.replace(/[\r\n]/g, '')}`)
        const updated = updatedText(before.join('\n'), `@@\n+${diff.replace(/[\r\n]/g, '')}`)
        expect(updated.ok && before.every((line) => updated.value.includes(line))).toBe(true)
      }),
    )
  })

  test.each([
    ['one anchor', '@@ class Order:\n     def total(self):\n-        return 0\n+        return 7', 6],
    ['an anchor below another', '@@ class Order:\n@@     def total(self):\n-        return 0\n+        return 7', 6],
    [
      'the line numbers of a unified diff',
      '@@ -5,3 +5,3 @@ class Order:\n     def total(self):\n-        return 0\n+        return 7',
      6,
    ],
    ['the end of the file', '@@\n-        return 0\n+        return 7\n*** End of File', 6],
    ['the first that fits', '@@\n-        return 0\n+        return 7', 2],
  ])('finds its place by %s', (_, diff, at) => {
    const lines = basket.split('\n')
    lines[at] = '        return 7'
    expect(updatedText(basket, diff)).toEqual({ ok: true, value: lines.join('\n') })
  })

  test.each([
    ['white space at the ends of lines', 'a  \nb\t\nc\n', '@@\n a\n-b\n+B\n c', 'a  \nB\nc\n'],
    ['white space around lines', '\ta\n\tb\n\tc\n', '@@\n a\n-b\n+\tB\n c', '\ta\n\tB\n\tc\n'],
  ])('looks beyond %s, and leaves it where nothing changes', (_, before, diff, after) => {
    expect(updatedText(before, diff)).toEqual({ ok: true, value: after })
  })

  test('prefers the lines that are exactly there', () => {
    expect(updatedText(' b\nb\n', '@@\n-b\n+c')).toEqual({ ok: true, value: ' b\nc\n' })
  })

  test('leaves each line end in a file of both kinds', () => {
    expect(updatedText('a\r\nb\nc\r\nd', '@@\n b\n-c\n+C')).toEqual({ ok: true, value: 'a\r\nb\nC\r\nd' })
  })

  test('keeps the byte order mark of a file, copied into the diff or not', () => {
    for (const first of ['a', '\uFEFFa'])
      expect(updatedText('\uFEFFa\nb\n', `@@\n-${first}\n+${first.replace('a', 'A')}`)).toEqual({
        ok: true,
        value: '\uFEFFA\nb\n',
      })
  })

  test('takes what stands behind the last line end for an empty line, as some models do', () => {
    expect(updatedText('a\nb\n', '@@\n a\n b\n+c\n ')).toEqual({ ok: true, value: 'a\nb\nc\n' })
  })

  test('goes without an anchor that is not there when the place is clear', () => {
    expect(updatedText('a\nb\n', '@@ def a\n-b\n+c')).toEqual({ ok: true, value: 'a\nc\n' })
  })

  test.each([
    ['lines that are not there', '@@\n-x\n+y', 'these lines are not in the file:\nx'],
    ['hunks in the wrong order', '@@\n-c\n+C\n@@\n-a\n+A', 'these lines are not in the file below line 3:\na'],
    [
      'an anchor that is not there, where there are two places',
      '@@ x\n-b\n+B',
      'the line of the hunk header, "x", is not in the file',
    ],
    [
      'a line without a sign',
      '@@\n-a\nb',
      'line 3 of the diff, "b", is neither a hunk header (@@) nor begins with a blank, - or +',
    ],
    [
      'a file header',
      '*** Update File: x\n@@\n-a',
      'line 1 of the diff, "*** Update File: x", is neither a hunk header (@@) nor begins with a blank, - or +',
    ],
    ['nothing', '', 'the diff changes nothing'],
    ['no change', '@@\n a', 'the diff changes nothing'],
    ['nothing behind an anchor', '@@\n-a\n@@ b', 'nothing follows @@ b'],
  ])('refuses %s', (_, diff, error) => {
    expect(updatedText('a\nb\nc\nb\n', diff)).toEqual({ ok: false, error })
  })

  test('shows only the beginning of many lines that are not there', () => {
    const diff = Array.from({ length: 1000 }, (_, at) => `-${at}`).join('\n')
    const updated = updatedText('a\n', diff)
    expect(updated.ok ? '' : updated.error.split('\n').length).toBe(14)
  })

  test('is done in linear time, however alike the lines are', () => {
    const before = 'a\n'.repeat(100_000)
    const diff = `@@\n${' a\n'.repeat(50_000)}-b`
    const began = performance.now()
    expect(updatedText(before, diff).ok).toBe(false)
    // 5 thousand million comparisons would take minutes.
    expect(performance.now() - began).toBeLessThan(20_000)
  })
})

describe('a new file', () => {
  test.each([
    ['+a\n+b', 'a\nb\n'],
    ['+a\n+b\n', 'a\nb\n'],
    ['+a\n+b\n+', 'a\nb\n'],
    ['+a\r\n+b\r\n', 'a\nb\n'],
    ['+', '\n'],
    ['', ''],
  ])('of the diff %j is %j', (diff, text) => {
    expect(createdText(diff)).toEqual({ ok: true, value: text })
  })

  test('has nothing but new lines', () => {
    expect(createdText('+a\n b')).toEqual({ ok: false, error: 'line 2 of the diff, " b", does not begin with +' })
  })
})
