import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { err, ok } from '../../src/base/result.ts'
import { resolveInputs } from '../../src/plan/inputs.ts'
import { type PlanOptions, parsePlan } from '../../src/plan/parse.ts'
import { graphOfPlan } from '../../src/run/graph.ts'
import { agents } from './check.ts'

const files = globSync('plans/*.yaml').toSorted()

/** Reads prompt files of the project, as the program does. */
const readFile: PlanOptions['readFile'] = (path) => {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch {
    return err('there is no such file')
  }
}

describe('the plans of this project', () => {
  test('are these', () => {
    expect(files).toEqual(['plans/auth.yaml', 'plans/greet.yaml', 'plans/hello.yaml', 'plans/self-check.yaml'])
  })

  test.each(files)('%s has no mistake, not even a warning, and can be run in a simulation', (file) => {
    const text = readFileSync(file, 'utf8')
    for (const options of [
      { forRun: false, simulate: 'none' },
      { forRun: true, simulate: 'all' },
    ] as const) {
      const { plan, diagnostics } = parsePlan(text, file, { agents, readFile, ...options })
      expect(diagnostics).toEqual([])
      expect(plan === null ? null : graphOfPlan(plan).mainCount).toBe(plan?.steps.length)
      expect(plan === null ? null : resolveInputs(plan, {})).toMatchObject({ ok: true })
    }
  })

  test.each(['plans/greet.yaml', 'plans/hello.yaml', 'plans/self-check.yaml'])(
    '%s runs for real in this build',
    (file) => {
      const { diagnostics } = parsePlan(readFileSync(file, 'utf8'), file, {
        agents,
        readFile,
        forRun: true,
        simulate: 'none',
      })
      expect(diagnostics).toEqual([])
    },
  )

  test('plans/self-check.yaml runs the scripts that npm run check runs, and the build', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))
    const inPlan = [...readFileSync('plans/self-check.yaml', 'utf8').matchAll(/npm run ([\w:]+)/g)].map(
      ([, name]) => name ?? '',
    )
    const inCheck = [...(scripts['check'] ?? '').matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '')
    expect(new Set(inPlan)).toEqual(new Set([...inCheck, 'build']))
    expect(inPlan.filter((name) => !(name in scripts))).toEqual([])
  })
})
