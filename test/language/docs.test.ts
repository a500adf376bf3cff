import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts'
import { diagnosticCodes } from '../../src/plan/codes.ts'
import type { Code } from '../../src/plan/codes/code.ts'
import { caseFrom, readSuite } from './case.ts'
import { drive } from './drive.ts'
import { Host } from './host.ts'

// Every plan that a page shows can be run: with --simulate, because pages tell of programs and agents that are not here.

const suite = readSuite().flatMap(({ cases }) => cases)
const playedElsewhere = new Set(suite.flatMap(({ plan, files }) => [plan, ...Object.values(files)].map(trimmed)))
const codes: readonly Code[] = Object.values(diagnosticCodes)
const examples = codes.flatMap(({ example }) => (example === null ? [] : [example]))
/** The catalogue's test proves that these are mistakes. */
const wrong = new Set(examples.map((example) => trimmed(example.wrong.plan)))

type Shown = { readonly name: string; readonly text: string }

const shown = ['README.md', ...globSync('docs/*.md').toSorted()].flatMap((page) =>
  Array.from(readFileSync(page, 'utf8').matchAll(/^```ya?ml\n(.*?)^```$/gms), ([, text = ''], at): Shown => {
    return { name: `${page} ${at + 1}`, text }
  }),
)
const plans = shown.filter(({ text }) => /^name:/m.test(text) && /^steps:/m.test(text))
const toRun = plans.filter(({ text }) => !playedElsewhere.has(trimmed(text)) && !wrong.has(trimmed(text)))

const host = new Host(100)
beforeAll(async () => void (await host.start()))
afterAll(() => host[Symbol.asyncDispose]())

describe('the plans of the documentation', () => {
  test('are many, and those of rules.md are the cases of the suite', () => {
    expect(plans.length).toBeGreaterThan(suite.length + examples.length)
    expect(toRun.filter(({ name }) => name.startsWith('docs/rules.md'))).toEqual([])
    expect(toRun.map(({ name }) => name)).toContain('README.md 1')
  })

  test.concurrent.each(toRun)('$name can be run', async ({ name, text }) => {
    const example = examples.find(({ right }) => trimmed(right.plan) === trimmed(text))?.right
    const plan: JsonObject = parse(text)
    const one = caseFrom(name.replaceAll(/[^\w ]/g, '-'), {
      rule: 'It can be run.',
      plan: text,
      files: example?.files ?? {},
      inputs: { ...neededBy(plan), ...example?.inputs },
      args: ['--simulate'],
      do: gatesOf(plan),
      expect: { run: 'completed' },
    })
    const { diagnostics, response } = await drive(host, one)
    expect(diagnostics).toEqual([])
    expect(response).toMatchObject({ status: 'completed', simulated: true })
  })
})

function trimmed(text: string): string {
  return text.trimEnd()
}

/** A text for each input that must be given; those with a pattern are tickets. */
const neededBy = (plan: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(objectOr(plan['inputs'])).flatMap(([name, input]) =>
      'default' in objectOr(input) ? [] : [[name, 'pattern' in objectOr(input) ? 'AUTH-1' : '1.2.0']],
    ),
  )

/** Every gate is approved, in the plan's order. */
const gatesOf = ({ steps }: JsonObject): JsonObject[] =>
  (Array.isArray(steps) ? steps : []).flatMap((step: Json) =>
    'approval' in objectOr(step) ? [{ approve: objectOr(step)['id'] ?? '' }] : [],
  )

const objectOr = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})
