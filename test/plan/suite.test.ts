import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readSchema } from '../../scripts/gen/schema-walk.ts'
import type { Json } from '../../src/base/json.ts'
import { diagnosticCodes } from '../../src/plan/codes.ts'
import type { Code } from '../../src/plan/codes/code.ts'
import { configCodes } from '../../src/plan/codes/config.ts'
import { inboxCodes } from '../../src/plan/codes/inbox.ts'
import { readSuite } from '../language/case.ts'
import { languageKeys, saidIn } from '../language/shown.ts'

const groups = readSuite()
const cases = groups.flatMap((group) => group.cases)
const keys = languageKeys(readSchema('schemas/plan.schema.json'))

/** What valid plans say under a key. */
const said = (key: (typeof keys)[number]): readonly Json[] =>
  cases.filter(({ expect: { invalid } }) => invalid === null).flatMap((one) => saidIn(one, key))

/** The same word has the same values in a step and in what holds for all steps. */
const wordOf = (name: string): string => name.replace(/^(steps|defaults|constraints)\./, '')

describe('the suite of the language', () => {
  test.each(keys)('shows the key $name, and each value of a closed set', (key) => {
    expect(said(key)).not.toEqual([])
    const all = keys.filter(({ name }) => wordOf(name) === wordOf(key.name)).flatMap(said)
    expect(key.values.filter((value) => !all.includes(value))).toEqual([])
  })

  test('has every diagnostic of plans, unless the catalogue’s own test or another one has it', () => {
    const shown = new Set(
      cases.flatMap(({ expect: { invalid, warnings } }) => [...(invalid ?? []), ...(warnings ?? [])]),
    )
    const inCases = new Set(Array.from(shown, (one) => one.split(' ')[0]))
    expect([...inCases].filter((code) => !((code ?? '') in diagnosticCodes))).toEqual([])
    const tests = globSync('test/**/*.test.ts', { exclude: ['test/plan/suite.test.ts'] })
    const source = tests.map((file) => readFileSync(file, 'utf8')).join('\n')
    const missing = Object.entries<Code>(diagnosticCodes)
      .filter(([code]) => !(code in configCodes || code in inboxCodes))
      .filter(([code, { example }]) => example === null && !inCases.has(code) && !source.includes(`'${code}'`))
      .map(([code]) => code)
    expect(missing).toEqual([])
  })

  test('says each rule once, as a sentence', () => {
    const rules = cases.map(({ rule }) => rule)
    expect(rules.filter((rule, at) => rules.indexOf(rule) !== at)).toEqual([])
    expect(rules.filter((rule) => !/^[A-Z`$].*\.$/su.test(rule))).toEqual([])
  })
})
