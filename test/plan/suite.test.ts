import { describe, expect, test } from 'vitest'
import { readSchema } from '../../scripts/gen/schema-walk.ts'
import { readSuite } from '../language/case.ts'
import { languageKeys, saidIn } from '../language/shown.ts'

const groups = readSuite()
const cases = groups.flatMap((group) => group.cases)
const keys = languageKeys(readSchema('schemas/plan.schema.json'))

describe('the suite of the language', () => {
  test('shows keys of the language', () => {
    const shown = keys.filter((key) => cases.some((one) => saidIn(one, key).length > 0))
    expect(shown.length).toBeGreaterThan(20)
  })

  test('says each rule once, as a sentence', () => {
    const rules = cases.map(({ rule }) => rule)
    expect(rules.filter((rule, at) => rules.indexOf(rule) !== at)).toEqual([])
    expect(rules.filter((rule) => !/^[A-Z`$].*\.$/su.test(rule))).toEqual([])
  })
})
