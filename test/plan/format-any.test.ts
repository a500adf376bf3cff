import { globSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePlan } from '../../src/plan/decode.ts'
import { readDocument } from '../../src/plan/document.ts'
import { formatPlan } from '../../src/plan/format.ts'

const originals = globSync(['plans/*.yaml', 'test/fixtures/plans/**/*.yaml'])
  .toSorted()
  .map((file) => readFileSync(file, 'utf8'))
  .filter((text) => formatPlan(text, 'plan.yaml').ok)
/** What may stand at the end of most lines. */
const between = [' # beside', '\n# alone', '\n    # alone', '\n\n  # alone\n', '\n\n', '\r', ' ', '\t# behind a tab']
const pieces = [
  ' |\n   x\n',
  ' >+\n    x\n\n\n',
  ' |2-\n      x\n',
  ' "a\n   b \\\n   c"',
  " 'it''s'",
  ' [a, # in\n b]',
  ' { a: 1 }',
  '\n? k\n: v\n',
  '- - a\n',
  '"needs": [a]',
  'if: x',
  '\t',
  ': ',
  '- ',
  ',',
  ' ',
  '\n---\n',
  '\n...\n',
  '~',
  '\ufeff',
]

const at = fc.nat(1_000_000)
const insertion = fc.record({
  at,
  insert: fc.constantFrom(...between),
  remove: fc.constant(0),
  atLineEnd: fc.constant(true),
})
const damage = fc.record({ at, insert: fc.constantFrom(...pieces), remove: fc.nat(8), atLineEnd: fc.boolean() })
const changes = fc
  .tuple(fc.array(insertion, { minLength: 1, maxLength: 8 }), fc.array(damage, { maxLength: 2 }))
  .map(([insertions, damages]) => [...insertions, ...damages])

/** A text with things put into it: comments and blank lines at the ends of lines, and anything anywhere. */
const changed = fc.tuple(fc.constantFrom(...originals), changes).map(([original, all]) => {
  let text = original
  for (const { at: place, remove, insert, atLineEnd } of all) {
    const newline = text.indexOf('\n', place % (text.length + 1))
    const from = atLineEnd && newline !== -1 ? newline : place % (text.length + 1)
    text = text.slice(0, from) + insert + text.slice(from + remove)
  }
  return text
})

const numRuns = process.env['ORCHD_TEST_SIZE'] === 'long' ? 5000 : 300

test(
  `${numRuns} texts, formatted, say what they said, keep their comments, and stay as they are when formatted again`,
  { timeout: 300_000 },
  () => {
    let formatted = 0
    fc.assert(
      fc.property(changed, (text) => {
        const decoded = decodePlan(new TextEncoder().encode(text), 'plan.yaml')
        const result = formatPlan(decoded.ok ? decoded.value : '', 'plan.yaml') // throws when something got lost
        if (!result.ok) return
        formatted++
        expect(readDocument('plan.yaml', result.value).diagnostics.filter(isError)).toEqual([])
        expect(formatPlan(result.value, 'plan.yaml')).toEqual(result)
      }),
      { numRuns },
    )
    expect(formatted).toBeGreaterThan(numRuns / 4)
  },
)

const isError = ({ severity }: { readonly severity: string }): boolean => severity === 'error'
