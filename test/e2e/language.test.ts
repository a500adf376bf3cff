import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

// One test for each key of the plan language that this build runs; test/plan/coverage.ts names them by their titles.

type StepView = {
  readonly id: string
  readonly name: string | null
  readonly outcome: string
  readonly cause: string | null
  readonly skip_cause: string | null
  readonly agent: string | null
  readonly attempts: number
  readonly outputs: Record<string, unknown>
  readonly started_at: string | null
  readonly finished_at: string | null
}

type Ran = {
  readonly code: number | null
  readonly plan: string
  readonly status: string
  readonly outcome: string | null
  readonly outputs: Record<string, unknown>
  readonly steps: Readonly<Record<string, StepView>>
  readonly failed: number
}

/** Runs a plan with the real program. */
async function run(project: Project, plan: string, ...args: string[]): Promise<Ran> {
  project.write('plan.yaml', plan)
  const { code, stdout, stderr } = await project.orchd('run', 'plan.yaml', '--json', ...args)
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (!last.includes('"response"')) throw new Error(`no response: ${stdout} ${stderr}`)
  const response = JSON.parse(last)
  const steps: StepView[] = response.steps
  return {
    ...response,
    code,
    steps: Object.fromEntries(steps.map((step) => [step.id, step])),
    failed: response.execution_summary.tasks_failed,
  }
}

const steps = (text: string): string => `name: test\nsteps:\n${text.replaceAll(/^(?=.)/gm, '  ')}\n`
const outcomes = ({ steps: all }: Ran): Record<string, string> =>
  Object.fromEntries(Object.entries(all).map(([id, { outcome }]) => [id, outcome]))

test('version, name and description say what the plan is, and the name is in the response', async () => {
  await using project = new Project()
  const ran = await run(project, `version: 1\ndescription: A test.\n${steps('- { id: a, run: "true" }')}`)
  expect(ran).toMatchObject({ code: 0, plan: 'test', status: 'completed', outcome: 'success' })
})

test('env of the plan reaches every shell step, and the step’s own env wins', async () => {
  await using project = new Project()
  const script = 'run: \'echo "got=$A $B $C" >> "$ORCHD_OUTPUT"\''
  const plan = `env: { A: plan, B: 1.10, C: "\${{ plan.name }}" }\n${steps(`- { id: a, ${script} }\n- { id: b, ${script}, env: { A: step } }`)}`
  const ran = await run(project, plan)
  expect(ran.steps['a']?.outputs).toEqual({ got: 'plan 1.10 test' })
  expect(ran.steps['b']?.outputs).toEqual({ got: 'step 1.10 test' })
})

test('secrets are given to the steps that name them, and to no other', async () => {
  await using project = new Project({ DEPLOY_TOKEN: 'a-secret-of-some-length' })
  const script = 'run: \'echo "length=${#DEPLOY_TOKEN}" >> "$ORCHD_OUTPUT"\''
  const ran = await run(
    project,
    `secrets: [DEPLOY_TOKEN]\n${steps(`- { id: named, ${script}, secrets: [DEPLOY_TOKEN] }\n- { id: other, ${script} }`)}`,
  )
  expect(ran.steps['named']?.outputs).toEqual({ length: '23' })
  expect(ran.steps['other']?.outputs).toEqual({ length: '0' })
})

test('inputs are converted by their type, have defaults, and must fit enum and pattern', async () => {
  await using project = new Project()
  const plan = `inputs:
  count: { type: integer, description: How many. }
  level: { enum: [low, high], default: low }
  ticket: { pattern: "[A-Z]+-[0-9]+", default: A-1 }
${steps('- id: a\n  run: \'echo "got=$GOT" >> "$ORCHD_OUTPUT"\'\n  env: { GOT: "${{ inputs.count + 1 }} ${{ inputs.level }} ${{ inputs.ticket }}" }')}`
  expect((await run(project, plan, '--input', 'count=41', '--input', 'level=high')).steps['a']?.outputs).toEqual({
    got: '42 high A-1',
  })
  const wrong = await project.orchd('run', 'plan.yaml', '--input', 'level=middle', '--input', 'ticket=x')
  expect(wrong.code).toBe(2)
  for (const part of ['INPUT_MISSING', '"count" is missing', '"level" must be one of', '"ticket" must match'])
    expect(wrong.stderr).toContain(part)
})

test('defaults hold for the steps that do not say otherwise', async () => {
  await using project = new Project()
  const plan = `defaults: { agent: simulated, timeout: 5s, stall_timeout: 300ms, retry: { max_attempts: 2, delay: 10ms } }
${steps('- { id: a, run: sleep 20 }\n- { id: b, run: "sleep 1", stall_timeout: 10s }\n- { id: c, run: "exit 1", retry: { max_attempts: 1 } }\n- { id: d, prompt: Hello. }')}`
  const ran = await run(project, plan)
  expect(ran.steps['a']).toMatchObject({ outcome: 'timeout', cause: 'stalled', attempts: 2 })
  expect(ran.steps['b']).toMatchObject({ outcome: 'success' })
  expect(ran.steps['c']).toMatchObject({ outcome: 'failure', attempts: 1 })
  expect(ran.steps['d']).toMatchObject({ outcome: 'success', agent: 'simulated' })
})

test('max_duration ends the run as a timeout, with exit code 5', async () => {
  await using project = new Project()
  const ran = await run(
    project,
    `constraints: { max_duration: 0.5 }\n${steps('- { id: a, run: sleep 20 }\n- { id: b, run: "true", depends_on: [a] }')}`,
  )
  expect(ran).toMatchObject({ code: 5, status: 'failed', outcome: 'timeout' })
  expect(outcomes(ran)).toEqual({ a: 'timeout', b: 'skip' })
})

test('max_parallel and priority decide which steps run at once and which go first', async () => {
  await using project = new Project()
  const plan = `priority: 5\nconstraints: { max_parallel: 1 }\n${steps(['a', 'b', 'c'].map((id) => `- { id: ${id}, run: 'echo ${id} >> order; sleep 0.1', priority: ${id === 'c' ? 50 : 5} }`).join('\n'))}`
  const ran = await run(project, plan)
  expect(project.read('order')).toBe('c\na\nb\n')
  const times = Object.values(ran.steps).flatMap(({ started_at: from, finished_at: to }) => [
    [Date.parse(from ?? ''), Date.parse(to ?? '')] as const,
  ])
  for (const [from] of times) expect(times.filter(([other, end]) => other < from && from < end)).toEqual([])
})

test('finally runs after success and failure, and sees how the run went', async () => {
  await using project = new Project()
  const end =
    'finally:\n  - id: report\n    run: echo "$HOW $STEP" > said\n    env: { HOW: "${{ run.outcome }}", STEP: "${{ steps.a.outcome }}" }\n'
  expect(await run(project, `${steps('- { id: a, run: "exit 3" }')}${end}`)).toMatchObject({
    code: 1,
    outcome: 'failure',
  })
  expect(project.read('said')).toBe('failure failure\n')
  expect(await run(project, `${steps('- { id: a, run: "true" }')}${end}`)).toMatchObject({ code: 0 })
  expect(project.read('said')).toBe('success success\n')
})

test('outputs of the plan are in the response, with their types', async () => {
  await using project = new Project()
  const plan = `${steps('- { id: a, run: \'echo "{\\"n\\": 3, \\"list\\": [1]}" > "$ORCHD_OUTPUT"\' }')}outputs: { n: "\${{ steps.a.outputs.n }}", text: "n is \${{ steps.a.outputs.n }}", list: "\${{ steps.a.outputs.list }}" }\n`
  expect((await run(project, plan)).outputs).toEqual({ n: 3, text: 'n is 3', list: [1] })
})

test('id, name and description say what a step is', async () => {
  await using project = new Project()
  const ran = await run(project, steps('- { id: a-b, name: The step, description: It is one., run: "true" }'))
  expect(ran.steps['a-b']).toMatchObject({ id: 'a-b', name: 'The step' })
})

test('run is a shell script that fails with its first command, and hands outputs on', async () => {
  await using project = new Project()
  const plan = steps(
    '- id: a\n  run: |\n    echo "x=1" >> "$ORCHD_OUTPUT"\n    printf "y<<E\\nb\\nc\\nE\\n" >> "$ORCHD_OUTPUT"\n- id: b\n  run: |\n    false\n    touch never',
  )
  const ran = await run(project, plan)
  expect(ran.steps['a']?.outputs).toEqual({ x: '1', y: 'b\nc' })
  expect(ran.steps['b']).toMatchObject({ outcome: 'failure', cause: 'exit_nonzero' })
  expect(() => project.read('never')).toThrow('ENOENT')
})

test('prompt, prompt_file, agent and with are what the simulated agent works by', async () => {
  await using project = new Project()
  project.write('ask.md', 'Do ${{ plan.name }}.\n')
  const plan = steps(
    '- { id: a, agent: simulated, prompt: "Do ${{ plan.name }}.", with: { outputs: { said: "${{ plan.name }}" } } }\n- { id: b, agent: simulated, prompt_file: ask.md, with: { fail: agent_error } }',
  )
  const ran = await run(project, plan)
  expect(ran.steps['a']).toMatchObject({ outcome: 'success', agent: 'simulated', outputs: { said: 'test' } })
  expect(ran.steps['b']).toMatchObject({ outcome: 'failure', cause: 'agent_error' })
})

test('approval asks its prompt, and unanswered within its timeout it is rejected, with exit code 3', async () => {
  await using project = new Project()
  const plan = steps(
    '- { id: ok, approval: { prompt: "Ship ${{ plan.name }}?", timeout: 300ms } }\n- { id: ship, run: touch shipped, depends_on: [ok] }',
  )
  project.write('plan.yaml', plan)
  const { code, stdout } = await project.orchd('run', 'plan.yaml', '--json')
  expect(code).toBe(3)
  expect(stdout).toContain('Ship test?')
  expect(() => project.read('shipped')).toThrow('ENOENT')
})

test('depends_on and needs keep the order, and hand outputs on', async () => {
  await using project = new Project()
  const plan = steps(
    '- { id: c, run: "echo c >> order", needs: [b] }\n- { id: b, run: "echo b >> order", depends_on: [a] }\n- { id: a, run: "sleep 0.2; echo a >> order" }',
  )
  await run(project, plan)
  expect(project.read('order')).toBe('a\nb\nc\n')
})

test('when and if skip a step whose condition does not hold', async () => {
  await using project = new Project()
  const plan = steps(
    '- { id: a, run: "true" }\n- { id: b, run: "true", depends_on: [a], when: steps.a.outcome == "failure" }\n- { id: c, run: "true", depends_on: [b] }\n- { id: d, run: "true", needs: [a], if: "${{ steps.a.outcome == \'success\' }}" }\n- { id: e, run: "true", when: false }',
  )
  const ran = await run(project, plan)
  expect(outcomes(ran)).toEqual({ a: 'success', b: 'skip', c: 'skip', d: 'success', e: 'skip' })
  expect([ran.steps['b']?.skip_cause, ran.steps['c']?.skip_cause]).toEqual(['condition', 'upstream_skipped'])
  expect(ran.status).toBe('completed')
})

test('trigger_rule decides by the outcomes of all dependencies', async () => {
  await using project = new Project()
  const rules = ['all_success', 'all_done', 'one_success', 'none_failed', 'none_failed_min_one_success']
  const ends = rules.flatMap((rule) => [
    `- { id: ${rule}, run: "true", depends_on: [good, bad], trigger_rule: ${rule} }`,
    `- { id: ${rule}-skipped, run: "true", depends_on: [good, skipped], trigger_rule: ${rule} }`,
  ])
  const ran = await run(
    project,
    steps(
      `- { id: good, run: "true" }\n- { id: bad, run: "exit 1" }\n- { id: skipped, run: "true", when: false }\n${ends.join('\n')}`,
    ),
  )
  expect(rules.map((rule) => [rule, ran.steps[rule]?.outcome, ran.steps[`${rule}-skipped`]?.outcome])).toEqual([
    ['all_success', 'skip', 'skip'],
    ['all_done', 'success', 'success'],
    ['one_success', 'success', 'success'],
    ['none_failed', 'skip', 'success'],
    ['none_failed_min_one_success', 'skip', 'success'],
  ])
})

test('working_directory is where a shell step starts', async () => {
  await using project = new Project()
  project.write('deep/er/here', '')
  const ran = await run(project, steps('- { id: a, run: "ls > list", working_directory: deep/er }'))
  expect(ran.status).toBe('completed')
  expect(project.read('deep/er/list')).toContain('here')
})

test('timeout and stall_timeout end an attempt that takes or is silent too long', async () => {
  await using project = new Project()
  const ran = await run(
    project,
    steps(
      '- { id: slow, run: "while true; do echo x; sleep 0.1; done", timeout: 500ms, stall_timeout: 10s }\n- { id: silent, run: sleep 20, stall_timeout: 300ms }',
    ),
  )
  expect(ran.code).toBe(1)
  expect(ran.steps['slow']).toMatchObject({ outcome: 'timeout', cause: 'timeout' })
  expect(ran.steps['silent']).toMatchObject({ outcome: 'timeout', cause: 'stalled' })
})

test('retry tries again as often, as late and after such causes as it says', async () => {
  await using project = new Project()
  const again = 'run: \'[ "$ORCHD_ATTEMPT" -ge 3 ]\''
  const plan = steps(`- { id: a, ${again}, retry: { max_attempts: 3, backoff: fixed, delay: 200ms } }
- { id: b, ${again}, retry: { max_attempts: 2, backoff: linear, delay: 10ms } }
- { id: c, ${again}, retry: { max_attempts: 3, on: [timeout], delay: 10ms } }
- { id: d, ${again}, retry: { max_attempts: 3, backoff: exponential, delay: 1h, max_delay: 50ms } }`)
  const ran = await run(project, plan)
  expect(Object.values(ran.steps).map(({ id, outcome, attempts }) => [id, outcome, attempts])).toEqual([
    ['a', 'success', 3],
    ['b', 'failure', 2],
    ['c', 'failure', 1],
    ['d', 'success', 3],
  ])
  const { started_at: from, finished_at: to } = ran.steps['a'] ?? {}
  // Jitter may take a fifth of each delay away.
  expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBeGreaterThanOrEqual(320)
})

test('continue_on_error forgives a failure, and still lists it', async () => {
  await using project = new Project()
  const ran = await run(
    project,
    steps('- { id: a, run: "exit 1", continue_on_error: true }\n- { id: b, run: "true", depends_on: [a] }'),
  )
  expect(ran).toMatchObject({ code: 0, status: 'completed', failed: 1 })
  expect(outcomes(ran)).toEqual({ a: 'failure', b: 'success' })
})

/** A step's body that gives these outputs. */
const give = (json: string): string => `run: 'echo "${json.replaceAll('"', '\\"')}" > "$ORCHD_OUTPUT"'`

test('output_schema refuses outputs that do not fit', async () => {
  await using project = new Project()
  const schema =
    'output_schema: { type: object, required: [risk], properties: { risk: { enum: [low, high] }, n: { type: integer, minimum: 1 } } }'
  const ran = await run(
    project,
    steps(
      `- { id: fits, ${give('{"risk": "low", "n": 2}')}, ${schema} }\n- { id: wrong, ${give('{"risk": "middle"}')}, ${schema} }\n- { id: missing, ${give('{"n": 2}')}, ${schema} }\n- { id: extra, ${give('{"risk": "low", "x": 1}')}, ${schema} }`,
    ),
  )
  expect(ran.steps['fits']).toMatchObject({ outcome: 'success', outputs: { risk: 'low', n: 2 } })
  for (const id of ['wrong', 'missing', 'extra'])
    expect(ran.steps[id]).toMatchObject({ outcome: 'failure', cause: 'output_invalid' })
})

test('isolation none and sandbox off are what a plan without git has anyway', async () => {
  await using project = new Project()
  const ran = await run(
    project,
    `defaults: { isolation: none, sandbox: "off" }\n${steps('- { id: a, run: pwd > where, isolation: none, sandbox: "off", on_crash: retry, orphan_timeout: 1m }')}`,
  )
  expect(ran.status).toBe('completed')
  expect(project.read('where').trim()).toContain(project.folder)
})
