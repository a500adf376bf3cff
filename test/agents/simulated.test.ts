import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { inventOutputs } from '../../src/agents/invent-outputs.ts'
import { checkOutputs } from '../../src/agents/output-schema.ts'
import { createSimulated } from '../../src/agents/simulated.ts'
import type { JsonObject } from '../../src/base/json.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { attemptOf, type AttemptSketch } from './attempt.ts'
import { readOr } from './rig.ts'

type Sketch = Partial<AttemptSketch> & {
  readonly with?: JsonObject
  readonly prompt?: string
  readonly rest?: Partial<Attempt>
}

function simulation(): Disposable & {
  readonly folder: string
  attempt(sketch?: Sketch): Attempt
  run(attempt: Attempt): Promise<AttemptResult>
  readonly agent: ReturnType<typeof createSimulated>
} {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-simulated-'))
  const agent = createSimulated({ speed: 1000, secretValues: ['very secret'] })
  return {
    folder,
    agent,
    attempt: ({ with: options = {}, prompt = 'Write a poem.\nIn rhymes.', ...sketch } = {}) => {
      const spec = { body: { kind: 'prompt', prompt }, ...sketch.spec } as const
      const rest = { with: options, prompt, agent: 'simulated', ...sketch.rest }
      return attemptOf({ stateFolder: folder, ...sketch, spec, rest })
    },
    run: (attempt) => new Promise((resolve) => agent.start(attempt, resolve)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

test('a simulated attempt succeeds, says that it is simulated, and claims no cost', async () => {
  using sim = simulation()
  const attempt = sim.attempt()
  const result = await sim.run(attempt)
  expect(result).toMatchObject({ outcome: 'success', simulated: true, costUsd: null, usage: null, outputs: {} })
  const log = '(simulated, simulated) would do: Write a poem.\n'
  expect(readOr(join(attempt.folder, 'output.log'))).toBe(log)
  expect(result.outputBytes).toBe(log.length)
})

test('without a schema, what the plan reads of the outputs is there', async () => {
  using sim = simulation()
  const outputsRead = [['text'], ['where', 'file'], ['where', 'line'], ['where']]
  const attempt = sim.attempt({ rest: { simulate: 'all', outputsRead } })
  expect(await sim.run(attempt)).toMatchObject({
    outcome: 'success',
    outputs: { text: 'simulated text', where: { file: 'simulated file', line: 'simulated line' } },
  })
})

test('text, usage, outputs and secrets are as asked for', async () => {
  using sim = simulation()
  const usage = { input_tokens: 10, output_tokens: 20 }
  const attempt = sim.attempt({ with: { text: 'said a very secret thing', usage, outputs: { a: 1 }, delay: '90s' } })
  expect(await sim.run(attempt)).toMatchObject({ usage: { inputTokens: 10, outputTokens: 20 }, outputs: { a: 1 } })
  expect(readOr(join(attempt.folder, 'output.log'))).toBe('said a *** thing\n')
})

test.for([
  [{ fail: true }, 'failure', 'agent_error'],
  [{ fail: 'rate_limited' }, 'failure', 'rate_limited'],
  [{ fail: 'timeout' }, 'timeout', 'timeout'],
  [{ fail: 1 }, 'failure', 'agent_error'],
  [{ fail: 0 }, 'success', null],
  [{ fail_attempts: 1 }, 'failure', 'agent_error'],
  [{ fail_attempts: 0, fail: 'overloaded' }, 'success', null],
] as const)('with %j it ends as %s', async ([options, outcome, cause]) => {
  using sim = simulation()
  expect(await sim.run(sim.attempt({ with: options }))).toMatchObject({ outcome, cause, simulated: true })
})

test('the first attempts fail, the next succeeds', async () => {
  using sim = simulation()
  const outcomes: string[] = []
  for (const attempt of [1, 2, 3]) {
    outcomes.push((await sim.run(sim.attempt({ attempt, with: { fail_attempts: 2, fail: 'transient' } }))).outcome)
  }
  expect(outcomes).toEqual(['failure', 'failure', 'success'])
})

test('an attempt repeats exactly, and another differs', async () => {
  using sim = simulation()
  const rest = { runId: attemptOf({ stateFolder: '/x/same' }).runId }
  const failures = async (seed: string): Promise<string> => {
    const steps = Array.from({ length: 40 }, (_, index) => `step-${index}`)
    const results = steps.map((step) => sim.run(sim.attempt({ step, rest, with: { fail: 0.5, seed } })))
    return (await Promise.all(results)).map((result) => result.outcome[0]).join('')
  }
  const first = await failures('a')
  expect(await failures('a')).toBe(first)
  expect(await failures('b')).not.toBe(first)
  expect(first).toMatch(/^(?=.*f)(?=.*s)/)
})

test('edits are made in the workspace, and nowhere else', async () => {
  using sim = simulation()
  const edits = [{ path: 'src/new/a.txt', content: 'hello\n' }]
  const attempt = sim.attempt({ with: { edits } })
  expect(await sim.run(attempt)).toMatchObject({ outcome: 'success' })
  expect(readFileSync(join(sim.folder, 'src/new/a.txt'), 'utf8')).toBe('hello\n')
  symlinkSync('/tmp', join(sim.folder, 'link'))
  symlinkSync('/tmp/orchd-outside', join(sim.folder, 'file'))
  for (const [index, path] of ['/tmp/x', '../x', 'a/../../x', 'link/x', 'link/y/x', 'file', '.'].entries()) {
    const bad = sim.attempt({ step: `bad-${index}`, with: { edits: [{ path, content: 'x' }] } })
    expect(await sim.run(bad)).toMatchObject({ outcome: 'failure', cause: 'agent_error' })
  }
  expect(readOr('/tmp/orchd-outside')).toBeNull()
})

test('when everything is simulated no file is touched', async () => {
  using sim = simulation()
  const rest: Partial<Attempt> = { simulate: 'all' }
  expect(await sim.run(sim.attempt({ rest, with: { edits: [{ path: 'a', content: 'x' }] } }))).toMatchObject({
    outcome: 'success',
  })
  expect(readOr(join(sim.folder, 'a'))).toBeNull()
})

test('after a crash an attempt may begin anew, unless it may have edited files', async () => {
  using sim = simulation()
  const plain = sim.attempt({ step: 'plain' })
  const editing = sim.attempt({ step: 'editing', with: { edits: [{ path: 'a', content: 'x' }] } })
  await Promise.all([sim.run(plain), sim.run(editing)])
  expect(await sim.agent.attach(plain, () => {})).toBe('unclaimed')
  expect(await sim.agent.attach(editing, () => {})).toBe('lost')
})

test('a stop ends it at once, and only once', async () => {
  using sim = simulation()
  const attempt = sim.attempt({ with: { delay: '10h' } })
  const ended = sim.run(attempt)
  sim.agent.stop(attempt, 'cancelled')
  sim.agent.stop(attempt, 'killed')
  expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled', simulated: true })
})

test('it keeps to the timeout of its step', async () => {
  using sim = simulation()
  const attempt = sim.attempt({ with: { delay: '10s' }, spec: { timeoutMs: 2000 } })
  expect(await sim.run(attempt)).toMatchObject({
    outcome: 'timeout',
    cause: 'timeout',
    message: 'took longer than 2.0s',
  })
})

test('options that it does not know are an error where it is meant, and ignored where it stands in', async () => {
  using sim = simulation()
  for (const [index, options] of [
    { temperature: 1 },
    { delay_ms: 'x' },
    { edits: [{}] },
    { fail: 'nonsense' },
  ].entries()) {
    const meant = await sim.run(sim.attempt({ step: `a${index}`, with: options }))
    expect(meant).toMatchObject({ outcome: 'error', cause: 'spawn_failed' })
    expect(meant.message).toContain(Object.keys(options)[0])
    const standingIn = sim.attempt({ step: `b${index}`, with: options, rest: { simulate: 'agents', agent: 'codex' } })
    expect(await sim.run(standingIn)).toMatchObject({ outcome: 'success' })
  }
})

test('outputs fit the schema of the step', async () => {
  using sim = simulation()
  const outputSchema = {
    type: 'object',
    required: ['risk', 'files', 'scope'],
    properties: {
      risk: { enum: ['low', 'medium', 'high'] },
      files: { type: 'array', items: { type: 'string' } },
      scope: { type: 'string', minLength: 40 },
    },
  }
  const result = await sim.run(sim.attempt({ spec: { outputSchema } }))
  expect(result).toMatchObject({ outcome: 'success', outputs: { files: ['simulated 0'] } })
  const wrong = await sim.run(sim.attempt({ spec: { outputSchema }, with: { outputs: { risk: 'none' } } }))
  expect(wrong).toMatchObject({ outcome: 'failure', cause: 'output_invalid' })
})

test('for any of the usual schemas, outputs can be invented', async () => {
  const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
    fc.record({ type: fc.constantFrom('string', 'integer', 'number', 'boolean', 'null') }),
    fc.record({ enum: fc.array(fc.string(), { minLength: 1 }) }),
    fc.record({ type: fc.constant('string'), minLength: fc.nat(50) }),
    fc.record({ type: fc.constant('string'), format: fc.constantFrom('date-time', 'uri', 'email') }),
    fc.record({
      type: fc.constant('integer'),
      minimum: fc.integer({ min: -99, max: 99 }),
      multipleOf: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ type: fc.constant('number'), exclusiveMinimum: fc.integer({ min: -99, max: 99 }) }),
  )
  const schemas = fc.letrec<{ any: JsonObject }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.record({ type: fc.constant('array'), items: tie('any'), minItems: fc.nat(3) }),
      fc
        .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('any'), { maxKeys: 4 })
        .map((properties) => objectSchema(properties)),
      tie('any').map((schema) => ({ anyOf: [schema, { type: 'string' }] })),
      tie('any').map((schema) => ({ type: 'object', properties: { a: { $ref: '#/$defs/b' } }, $defs: { b: schema } })),
    ),
  }))
  const outputs = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    schemas.any.filter((schema) => !('$defs' in schema)),
    { maxKeys: 4 },
  )
  await fc.assert(
    fc.asyncProperty(outputs, async (properties) => {
      const schema = objectSchema(properties)
      if (JSON.stringify(schema).includes('$ref')) return
      expect(
        await checkOutputs(
          schema,
          inventOutputs(schema, () => 0.5),
        ),
      ).toBeNull()
    }),
    { numRuns: 60 },
  )
})

const objectSchema = (properties: JsonObject): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
})
