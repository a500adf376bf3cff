import { describe, expect, test } from 'vitest'
import type { PlanOptions } from '../../src/plan/parse.ts'
import type { Step } from '../../src/plan/plan.ts'
import { planOf, read, withSteps } from './check.ts'

const stepOf = (text: string, options: Partial<PlanOptions> = {}): Step => {
  const [step] = planOf(withSteps(text), options).steps
  if (step === undefined) throw new Error('no step')
  return step
}

describe('a plan', () => {
  test('has every default filled in', () => {
    expect(planOf('name: least\nsteps: [{ id: a, run: "true" }]')).toEqual({
      version: 1,
      name: 'least',
      description: null,
      priority: 0,
      env: {},
      secrets: [],
      inputs: {},
      context: null,
      constraints: { maxDurationMs: null, maxParallel: null, budget: null, requireTests: null, requirePr: false },
      review: null,
      steps: [
        {
          id: 'a',
          name: null,
          description: null,
          body: { kind: 'run', command: 'true' },
          dependsOn: [],
          when: null,
          triggerRule: 'all_success',
          env: {},
          secrets: [],
          workingDirectory: null,
          timeoutMs: null,
          stallTimeoutMs: null,
          retry: {
            maxAttempts: 1,
            backoff: 'exponential',
            delayMs: 1000,
            maxDelayMs: 300_000,
            on: expect.arrayContaining(['exit_nonzero', 'timeout']),
          },
          continueOnError: false,
          onCrash: 'ask',
          orphanTimeoutMs: 900_000,
          priority: null,
          outputSchema: null,
          agent: 'auto',
          model: null,
          fallback: [],
          with: {},
          matrix: null,
          forEach: null,
          maxParallel: null,
          failFast: false,
          artifacts: [],
          isolation: 'none',
          writes: [],
        },
      ],
      finally: [],
      outputs: {},
      subPlans: {},
    })
  })

  test('is plain JSON, as the journal keeps it', () => {
    const plan = planOf(withSteps('- { id: a, prompt: "${{ plan.name }}", timeout: 1h30m }'))
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  test('takes a number as seconds, and units as they say', () => {
    expect(
      planOf('name: a\nconstraints: { max_duration: 300 }\nsteps: [{ id: a, run: x }]').constraints.maxDurationMs,
    ).toBe(300_000)
    expect(stepOf('- { id: a, run: x, timeout: 1d2h3m4s5ms }').timeoutMs).toBe(93_784_005)
  })

  test('reads a null default as no default at all', () => {
    expect(read('name: a\ninputs: { x: { default: null } }\nsteps: [{ id: a, run: x }]').diagnostics).toMatchObject([
      { code: 'INPUT_DEFAULT', help: 'leave "default" out to make the input required' },
    ])
  })
})

describe('a step', () => {
  test('may say needs and if for depends_on and when', () => {
    const { steps } = planOf(withSteps('- { id: a, run: x }\n- { id: b, run: x, needs: [a], if: "${{ true }}" }'))
    expect(steps[1]).toMatchObject({ dependsOn: ['a'], when: 'true' })
  })

  test.each([
    ['"${{ 1 == 1 }}"', '1 == 1'],
    ['1 == 1', '1 == 1'],
    ['true', 'true'],
    ['"  ${{ plan.name == \'x\' }}  "', "plan.name == 'x'"],
  ])('has a condition without ${{ }}: %s', (written, expected) => {
    expect(stepOf(`- { id: a, run: x, when: ${written} }`).when).toBe(expected)
  })

  test('replaces the default retry whole', () => {
    const { steps } = planOf(
      'name: a\ndefaults: { retry: { max_attempts: 5, delay: 9s } }\nsteps: [{ id: a, run: x }, { id: b, run: x, retry: { max_attempts: 2 } }]',
    )
    expect(steps.map(({ retry }) => [retry.maxAttempts, retry.delayMs])).toEqual([
      [5, 9000],
      [2, 1000],
    ])
  })

  test('is tried again by default after every cause that a retry can mend', () => {
    const { on } = stepOf('- { id: a, run: x }').retry
    for (const cause of ['auth', 'permission_denied', 'gate_rejected', 'gate_blocked', 'budget', 'cancelled'])
      expect(on).not.toContain(cause)
    expect(on).toContain('crashed')
  })

  test('that is an approval waits seven days, has a question, and no timeout of the defaults', () => {
    const { steps } = planOf('name: a\ndefaults: { timeout: 5m }\nsteps: [{ id: ok, name: Go, approval: {} }]')
    expect(steps[0]).toMatchObject({
      timeoutMs: null,
      body: { kind: 'approval', prompt: 'Approve "Go"?', timeoutMs: 604_800_000, onReject: null },
    })
  })

  test('keeps numbers of its environment as they are written', () => {
    expect(stepOf('- { id: a, run: x, env: { VERSION: 1.10, MODE: 0o17, ON: true, TEXT: "1.10" } }').env).toEqual({
      VERSION: '1.10',
      MODE: '0o17',
      ON: 'true',
      TEXT: '1.10',
    })
  })

  test('has the text of its prompt file', () => {
    const { plan } = read(withSteps('- { id: a, prompt_file: p.md }'), {}, { 'p.md': 'Do ${{ plan.name }}.\n' })
    expect(plan?.steps[0]?.body).toEqual({ kind: 'prompt', prompt: 'Do ${{ plan.name }}.\n' })
  })

  test('that was lost is run again in a workspace of its own, but not where it works in place', () => {
    const { plan } = read(`context: {}\n${withSteps('- { id: a, run: x }\n- { id: b, run: x, isolation: none }')}`)
    expect(plan?.steps.slice(0, 2).map(({ isolation, onCrash }) => [isolation, onCrash])).toEqual([
      ['worktree', 'retry'],
      ['none', 'ask'],
    ])
  })

  test.each<[string, Partial<PlanOptions>, string]>([
    ['run: x', {}, 'ask'],
    ['prompt: x', {}, 'ask'],
    ['prompt: x, agent: simulated', {}, 'retry'],
    ['prompt: x', { simulate: 'agents' }, 'retry'],
    ['run: x', { simulate: 'agents' }, 'ask'],
    ['run: x', { simulate: 'all' }, 'retry'],
    ['run: x, on_crash: fail', { simulate: 'all' }, 'fail'],
  ])('that was lost is run again only where that is safe: %s %j', (body, options, onCrash) => {
    expect(stepOf(`- { id: a, ${body} }`, options).onCrash).toBe(onCrash)
  })
})

const combinationsOf = (matrix: string): unknown =>
  planOf(withSteps(`- { id: a, run: "true", matrix: ${matrix} }`)).steps[0]?.matrix

describe('a step with a matrix', () => {
  test('has all combinations, the last axis turning fastest', () => {
    expect(combinationsOf('{ os: [linux, mac], node-version: [22, 24] }')).toEqual([
      { os: 'linux', 'node-version': 22 },
      { os: 'linux', 'node-version': 24 },
      { os: 'mac', 'node-version': 22 },
      { os: 'mac', 'node-version': 24 },
    ])
  })

  test('leaves out what exclude names in whole or in part, and adds what include names, each once', () => {
    const all = '{ os: [linux, mac], node: [22, 24], exclude: [{ os: mac }, { os: linux, node: 22 }], '
    expect(combinationsOf(`${all} include: [{ node: 24, os: linux }, { os: bsd, node: 20, slow: true }] }`)).toEqual([
      { os: 'linux', node: 24 },
      { os: 'bsd', node: 20, slow: true },
    ])
  })

  test('has none when an axis is empty, and those of include when there is no axis', () => {
    expect(combinationsOf('{ os: [], node: [22] }')).toEqual([])
    expect(combinationsOf('{ include: [{ os: bsd }] }')).toEqual([{ os: 'bsd' }])
  })
})

describe('a step with for_each', () => {
  test('has the items, or the expression that gives them', () => {
    const listed = planOf(withSteps('- { id: a, run: "true", for_each: [x, 2, { y: z }] }'))
    expect(listed.steps[0]?.forEach).toEqual(['x', 2, { y: 'z' }])
    const found = planOf(
      withSteps('- { id: l, run: x }\n- id: a\n  needs: [l]\n  run: y\n  for_each: ${{ steps.l.outputs.files }}'),
    )
    expect(found.steps[1]?.forEach).toBe('steps.l.outputs.files')
  })
})
