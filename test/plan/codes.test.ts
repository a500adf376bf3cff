import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { codeExplanations, diagnosticCodes } from '../../src/plan/codes.ts'
import type { Code, Example } from '../../src/plan/codes/code.ts'
import { resolveInputs } from '../../src/plan/inputs.ts'
import { read } from './check.ts'

const entries: [string, Code][] = Object.entries(diagnosticCodes)
const examples = entries.flatMap(([code, { example }]) => (example === null ? [] : [[code, example] as const]))

/** The codes of everything that is wrong with an example. */
function codesOf({ plan: text, inputs, forRun, files }: Example): readonly string[] {
  const { plan, diagnostics } = read(text, { forRun: forRun === true }, files)
  const resolved = plan === null || inputs === undefined ? null : resolveInputs(plan, inputs)
  return [...diagnostics, ...(resolved?.ok === false ? resolved.error : [])].map(({ code }) => code)
}

describe('the catalogue of codes', () => {
  test.each(examples)(
    '%s has a wrong example with exactly this mistake, and a right one with none',
    (code, { wrong, right }) => {
      expect(codesOf(wrong)).toEqual([code])
      expect(codesOf(right)).toEqual([])
    },
  )

  test.each(entries)('%s is stable in form, and explained', (code, { title, explanation }) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
    expect(title).not.toMatch(/\.$/)
    expect(explanation).toMatch(/\.$/)
  })

  test('has every code that is reported anywhere, and each of its codes is reported somewhere', () => {
    const source = globSync('src/**/*.ts')
      .filter((file) => !file.includes('/codes') && !file.includes('generated'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const unused = Object.keys(diagnosticCodes).filter((code) => !source.includes(`'${code}'`))
    expect(unused).toEqual([])
  })

  test('is told by orchd explain with both examples', () => {
    const { STEP_UNKNOWN } = codeExplanations()
    expect(STEP_UNKNOWN).toContain('A step that is not there')
    expect(STEP_UNKNOWN).toContain('Wrong:\n\n    name: example')
    expect(STEP_UNKNOWN).toContain('depends_on: [tset]')
    expect(codeExplanations()['INPUT_INVALID']).toContain('$ orchd run plan.yaml --input count=many')
  })
})
