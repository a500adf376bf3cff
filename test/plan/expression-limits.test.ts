import { expect, test } from 'vitest'
import { type Scope, evaluateTemplate } from '../../src/plan/expression.ts'
import { cpuMs, read } from './check.ts'

const numbers = Array.from({ length: 1000 }, (_, at) => at)
const scope: Scope = {
  inputs: { numbers, text: 'a'.repeat(1_000_000), maps: Array.from({ length: 300 }, () => ({ numbers })) },
  steps: {},
  run: { id: 'r1', outcome: null, report: null },
  plan: { name: 'limits' },
}

const nested = (depth: number): string => (depth === 0 ? '1' : `inputs.numbers.map(v${depth}, ${nested(depth - 1)})`)
const doubled = Array.from({ length: 30 }, (_, at) => at).reduce(
  (text, at) => `cel.bind(s${at}, ${text}, s${at} + s${at})`,
  'inputs.text',
)

test.each([
  ['maps within maps', nested(6)],
  ['a text that is doubled thirty times', doubled],
  ['a long list of long texts', 'inputs.numbers.map(n, inputs.text)'],
  [
    'quantifiers within quantifiers',
    'inputs.numbers.all(a, inputs.numbers.all(b, inputs.numbers.all(c, a + b + c >= 0)))',
  ],
  [
    'errors that quantifiers swallow',
    'inputs.numbers.exists(a, inputs.numbers.exists(b, inputs.numbers.exists(c, c > "x")))',
  ],
  ['comparing large values again and again', 'inputs.numbers.exists(a, inputs.maps == inputs.maps.map(m, m) && false)'],
  ['a search with a long needle', 'inputs.text.contains(inputs.text.substring(5) + "b")'],
  ['many searches', 'inputs.numbers.map(n, inputs.text.indexOf("aaaaaaaaaaaaab"))'],
  ['a text taken apart', 'inputs.text.split("").map(a, inputs.text)'],
])('%s ends soon with a reason', (_, source) => {
  let result: unknown
  expect(cpuMs(() => (result = evaluateTemplate(`\${{ ${source} }}`, scope)))).toBeLessThan(1500)
  expect(result).toEqual({ ok: false, error: expect.stringContaining('works too long') })
})

test('a value that would be larger than 1 MiB is refused, also when it is built from many', () => {
  expect(evaluateTemplate('${{ inputs.text }}${{ inputs.text }}', scope)).toEqual({
    ok: false,
    error: expect.stringContaining('larger than 1 MiB'),
  })
  expect(
    evaluateTemplate(
      Array.from({ length: 3 }, () => '${{ inputs.text }}'),
      scope,
    ).ok,
  ).toBe(false)
})

test('the budget is per template: what one spends, the next one has again', () => {
  for (let round = 0; round < 20; round++) {
    expect(evaluateTemplate('${{ inputs.numbers.filter(n, n in inputs.numbers).size() }}', scope)).toEqual({
      ok: true,
      value: 1000,
    })
  }
})

test.each([
  ['brackets', '('.repeat(2000)],
  ['negations', '!'.repeat(4000) + 'true'],
  ['minuses', `${'-'.repeat(4000)}1`],
  ['operators', `1${'+1'.repeat(2000)}`],
  ['list literals', `[1${']+[1'.repeat(500)}]`],
])('long chains of %s are a value or a reason', (_, source) => {
  expect(typeof evaluateTemplate(`\${{ ${source} }}`, scope).ok).toBe('boolean')
})

test('an expression of more than 4 KiB is refused, counted in bytes', () => {
  expect(evaluateTemplate(`\${{ "${'ä'.repeat(2100)}" }}`, scope)).toEqual({
    ok: false,
    error: expect.stringContaining('4096 bytes'),
  })
  expect(evaluateTemplate(`\${{ "${'a'.repeat(4000)}" }}`, scope).ok).toBe(true)
})

const conditionOf = (length: number): string =>
  `name: long\nsteps:\n  - { id: a, run: x, when: "plan.name != '${'x'.repeat(length - 15)}'" }`

test('an expression of more than 4 KiB is refused where it stands', () => {
  expect(read(conditionOf(4096)).diagnostics).toEqual([])
  expect(read(conditionOf(4097)).diagnostics).toMatchObject([{ code: 'EXPRESSION_TOO_LONG', line: 3, column: 29 }])
})
