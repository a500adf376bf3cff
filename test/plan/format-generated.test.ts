import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDocument } from '../../src/plan/document.ts'
import { formatPlan } from '../../src/plan/format.ts'
import { findComments } from '../../src/plan/format/comments.ts'
import { parsePlan } from '../../src/plan/parse.ts'
import { sourceText } from '../../src/plan/source-text.ts'
import { Random } from '../support/random.ts'
import { agents } from './check.ts'
import { randomPlanText } from './plan-texts.ts'

const numRuns = process.env['ORCHD_TEST_SIZE'] === 'long' ? 5000 : 300
const options = { agents, readFile: null, forRun: false, simulate: 'none' } as const

test(
  `${numRuns} generated plans, formatted, are the same plans with the same comments, and stay as they are`,
  { timeout: 300_000 },
  () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const text = randomPlanText(new Random(seed))
        expect(readDocument('plan.yaml', text).diagnostics).toEqual([])
        const result = formatPlan(text, 'plan.yaml')
        if (!result.ok) throw new Error(JSON.stringify(result.error))
        const [before, after] = [parsePlan(text, 'plan.yaml', options), parsePlan(result.value, 'plan.yaml', options)]
        expect(after.plan).toEqual(before.plan)
        expect(commentsOf(result.value)).toEqual(commentsOf(text))
        expect(formatPlan(result.value, 'plan.yaml')).toEqual(result)
        expect(result.value).not.toMatch(/^ *-? *(?:needs|if):/m)
      }),
      { numRuns },
    )
  },
)

const commentsOf = (text: string): string[] =>
  findComments(sourceText('plan.yaml', text.replaceAll('\r\n', '\n')))
    .map((comment) => comment.text)
    .toSorted()
