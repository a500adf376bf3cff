import { expect, test } from 'vitest'
import { codeExplanations } from '../../src/plan/codes.ts'
import { refusals } from '../../src/surfaces/inbox/rejection.ts'

test('every refusal can be explained', () => {
  const explanations = codeExplanations()
  expect(Object.keys(refusals).filter((code) => explanations[code] === undefined)).toEqual([])
})
