import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idPattern, isRunId, newRunId } from '../../src/base/ids.ts'
import { cases, patience } from '../support/cases.ts'

const instant = fc.integer({ min: 0, max: 2 ** 45 - 1 })
const entropy = fc.nat(2 ** 25 - 1)

test('run ids sort by time, differ by chance, and have the form of run ids', patience, () => {
  fc.assert(
    fc.property(instant, instant, entropy, entropy, (one, other, chance, otherChance) => {
      const [a, b] = [newRunId(one, chance), newRunId(other, otherChance)]
      expect([isRunId(a), isRunId(b)]).toEqual([true, true])
      expect(a < b).toBe(one < other || (one === other && chance < otherChance))
      expect(a === b).toBe(one === other && chance === otherChance)
    }),
    cases(2000),
  )
})

test('an id that a person may write is safe in a ref, a path and a command line', patience, () => {
  const pattern = new RegExp(idPattern)
  fc.assert(
    fc.property(fc.stringMatching(/^[-_a-z0-9A-Z./\n ]{1,20}$/), (text) => {
      const parts = text.split(/[-_]/)
      const plain = parts.every((part) => /^[a-z0-9]+$/.test(part)) && /^[a-z]/.test(text)
      expect(pattern.test(text)).toBe(plain)
    }),
    cases(2000),
  )
})
