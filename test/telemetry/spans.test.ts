import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { attemptSpanId, gateSpanId, runSpanId } from '../../src/telemetry/ids.ts'
import type { SpanRecord } from '../../src/telemetry/span.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, someRun, success } from '../support/runs.ts'
import { spansOfAll } from '../support/telemetry.ts'

const spansOf = ({ events }: KernelRun): SpanRecord[] =>
  spansOfAll(events.map((event, index) => ({ seq: index + 1, runId: someRun, event })))

/** The spans by name; a name that comes twice has its spans in order. */
const named = (run: KernelRun, name: string): SpanRecord[] => spansOf(run).filter((span) => span.name === name)
const only = (run: KernelRun, name: string): SpanRecord => {
  const [span, ...more] = named(run, name)
  if (span === undefined || more.length > 0)
    throw new Error(
      `${name}: ${spansOf(run)
        .map((each) => each.name)
        .join()}`,
    )
  return span
}
const retry = { maxAttempts: 3, backoff: 'fixed', delayMs: 100, maxDelayMs: 100, on: ['exit_nonzero'] } as const

test('a run is a server span from its submission to its end, and the parent of all others', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a'])], { name: 'build' }))
  run.start('a').pass(500).finish('a').run('b')
  const root = spansOf(run).at(-1)
  expect(root).toMatchObject({ name: 'RUN build', kind: 'server', parentSpanId: null, spanId: runSpanId(someRun) })
  expect(root).toMatchObject({ startAt: 1_000_000, endAt: 1_000_500, error: null })
  expect(root?.attributes).toMatchObject({
    'cicd.pipeline.name': 'build',
    'cicd.pipeline.run.id': someRun,
    'cicd.pipeline.action.name': 'RUN',
    'cicd.pipeline.result': 'success',
    'orchd.plan.steps': 2,
    'orchd.run.steps.succeeded': 2,
  })
  for (const span of spansOf(run).slice(0, -1)) expect(span.parentSpanId).toBe(runSpanId(someRun))
  for (const span of spansOf(run)) expect(span.attributes['cicd.pipeline.run.id']).toBe(someRun)
})

test('a run that goes on is marked at once, and its span comes with its end', () => {
  const run = new KernelRun(plan([step('a')])).start('a')
  expect(spansOf(run)).toEqual([expect.objectContaining({ name: 'RUN test', startAt: 1_000_000, endAt: 1_000_000 })])
  expect(spansOf(run)[0]?.attributes['orchd.run.phase']).toBe('started')
})

test('an attempt is a span from its start to its end, with links to what its step depends on', () => {
  const run = new KernelRun(plan([step('a'), step('b'), step('c', ['a', 'b'])]))
  run
    .run('a')
    .run('b')
    .pass(3)
    .start('c')
    .pass(700)
    .finish('c', { ...success, outputBytes: 42, outputTruncated: true, sandbox: 'enforced' })
  const span = only(run, 'step c')
  expect(span).toMatchObject({ startAt: 1_000_003, endAt: 1_000_703, kind: 'internal', error: null })
  expect(span.links).toEqual([
    { spanId: attemptSpanId(someRun, stepId('a'), 1), type: 'depends_on' },
    { spanId: attemptSpanId(someRun, stepId('b'), 1), type: 'depends_on' },
  ])
  expect(span.attributes).toMatchObject({
    'cicd.pipeline.task.name': 'c',
    'cicd.pipeline.task.run.id': `${someRun}/c/1`,
    'cicd.pipeline.task.run.result': 'success',
    'orchd.step.attempt': 1,
    'orchd.queue.wait_ms': 3,
    'process.exit.code': 0,
    'orchd.output.bytes': 42,
    'orchd.output.truncated': true,
    'orchd.sandbox': 'enforced',
  })
})

test('a step that succeeds at the second try has one failed span, one good one, and a run without an error', () => {
  const run = new KernelRun(plan([step('a', [], { retry }), step('b', ['a'])]))
  run.run('a', failure).pass(100).run('a').run('b')
  const [first, second] = named(run, 'step a')
  expect(first).toMatchObject({ error: { message: 'exit 1' }, links: [] })
  expect(first?.attributes).toMatchObject({ 'error.type': 'exit_nonzero', 'process.exit.code': 1 })
  expect(second).toMatchObject({ error: null, links: [{ spanId: first?.spanId, type: 'retry_of' }] })
  expect(second?.attributes).not.toHaveProperty('error.type')
  expect(only(run, 'step b').links).toEqual([{ spanId: second?.spanId, type: 'depends_on' }])
  expect(spansOf(run).at(-1)).toMatchObject({ name: 'RUN test', error: null })
})

test('a failed run says which step failed and why', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a'])])).run('a', failure)
  const root = spansOf(run).at(-1)
  expect(root?.error).toEqual({ message: 'step "a": exit_nonzero' })
  expect(root?.attributes).toMatchObject({
    'cicd.pipeline.result': 'failure',
    'error.type': 'exit_nonzero',
    'orchd.run.steps.failed': 1,
    'orchd.run.steps.skipped': 1,
  })
})

test('a skipped step has no span and nobody links to it', () => {
  const steps = [step('a'), step('b', ['a']), step('c', ['a', 'b'], { triggerRule: 'all_done' })]
  const run = new KernelRun(plan(steps)).run('a', failure).run('c')
  expect(named(run, 'step b')).toEqual([])
  expect(only(run, 'step c').links).toEqual([{ spanId: attemptSpanId(someRun, stepId('a'), 1), type: 'depends_on' }])
})

test('a failure without an attempt is a span without length, to which others link', () => {
  const steps = [step('a', [], { when: 'unheard_of' }), step('b', ['a'], { triggerRule: 'all_done' })]
  const run = new KernelRun(plan(steps)).run('b')
  const span = only(run, 'step a')
  expect(span).toMatchObject({ startAt: span.endAt, error: { message: expect.stringContaining('unheard_of') } })
  expect(span.attributes['error.type']).toBe('expression_failed')
  expect(only(run, 'step b').links).toEqual([{ spanId: span.spanId, type: 'depends_on' }])
})

test('a wait for a slot is a span of its own, and a wait that nobody notices is not', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a'])]))
  run.pass(2500).start('a').pass(10).finish('a').pass(49).run('b')
  const queue = only(run, 'queue')
  expect(queue).toMatchObject({ startAt: 1_000_000, endAt: 1_002_500, parentSpanId: runSpanId(someRun) })
  expect(queue.attributes).toMatchObject({ 'cicd.pipeline.task.name': 'a', 'orchd.queue.reason': 'max_parallel' })
})

test("the plan's own limit is named as the reason of a wait", () => {
  const constraints = { ...plan([]).constraints, maxParallel: 1 }
  const run = new KernelRun(plan([step('a'), step('b')], { constraints }))
  run.start('a').pass(100).finish('a').start('b')
  expect(only(run, 'queue').attributes).toMatchObject({
    'cicd.pipeline.task.name': 'b',
    'orchd.queue.reason': 'constraint',
  })
})

const days = 86_400_000

test('a gate of 30 days is marked when it opens and has its whole time when it is decided', () => {
  const run = new KernelRun(plan([step('a'), step('ok', ['a'], { body: gate(60 * days) }), step('b', ['ok'])]))
  run.run('a')
  expect(only(run, 'gate opened')).toMatchObject({ startAt: 1_000_000, endAt: 1_000_000, error: null })
  expect(named(run, 'gate approval')).toEqual([])
  run
    .pass(30 * days)
    .answer('ok', 'approve')
    .run('b')
  const span = only(run, 'gate approval')
  expect(span).toMatchObject({ startAt: 1_000_000, endAt: 1_000_000 + 30 * days, error: null })
  expect(span.links).toEqual([{ spanId: attemptSpanId(someRun, stepId('a'), 1), type: 'depends_on' }])
  expect(span.attributes).toMatchObject({
    'orchd.gate.type': 'approval',
    'orchd.gate.decision': 'approve',
    'orchd.gate.decided_by': 'human',
  })
  expect(only(run, 'step b').links).toEqual([{ spanId: gateSpanId(someRun, stepId('ok'), 1), type: 'depends_on' }])
})

test('a rejected gate is an error without the name of a person', () => {
  const run = new KernelRun(plan([step('ok', [], { body: gate() })])).answer('ok', 'reject')
  const span = only(run, 'gate approval')
  expect(span.error).toEqual({ message: 'rejected by a person' })
  expect(span.attributes).toMatchObject({ 'error.type': 'gate_rejected', 'orchd.gate.decided_by': 'human' })
  expect(JSON.stringify(spansOf(run))).not.toContain('ada')
})

test('a gate that nobody answered says so', () => {
  const run = new KernelRun(plan([step('ok', [], { body: gate(1000) })])).pass(1000)
  expect(only(run, 'gate approval')).toMatchObject({ endAt: 1_001_000, error: { message: 'nobody answered in time' } })
  expect(only(run, 'gate approval').attributes['orchd.gate.decided_by']).toBe('timeout')
})

test('a gate that was cut off with its run ends with it', () => {
  const run = new KernelRun(plan([step('ok', [], { body: gate() })])).pass(50).cancel()
  const span = only(run, 'gate approval')
  expect(span).toMatchObject({ endAt: 1_000_050, error: { message: 'cancelled' } })
  expect(span.attributes).not.toHaveProperty('orchd.gate.decision')
  expect(spansOf(run).at(-1)?.attributes).toMatchObject({ 'cicd.pipeline.result': 'cancellation' })
})

test('a lost attempt is an error of ours, and the next one repeats it', () => {
  const run = new KernelRun(plan([step('a', [], { onCrash: 'retry' })])).start('a').pass(10)
  run
    .apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt: 1 })
    .settle()
    .run('a')
  const [lost, again] = named(run, 'step a')
  expect(lost?.attributes).toMatchObject({ 'cicd.pipeline.task.run.result': 'error', 'error.type': 'daemon_lost' })
  expect(lost?.attributes).not.toHaveProperty('orchd.output.bytes')
  expect(again?.links).toEqual([{ spanId: lost?.spanId, type: 'retry_of' }])
})

test("an agent's attempt carries what the GenAI conventions name", () => {
  const steps = [step('write', [], { body: { kind: 'prompt', prompt: 'secret plans' }, model: 'sonnet' })]
  const run = new KernelRun(plan(steps))
  const values = { env: {}, prompt: 'secret plans', with: {} }
  const usage = { inputTokens: 1200, outputTokens: 34 }
  const result: AttemptResult = { ...success, exitCode: null, usage, costUsd: 0.25, simulated: true }
  const [id, at] = [stepId('write'), run.now]
  run.apply({ type: 'attempt_started', at, step: id, attempt: 1, agent: 'simulated', values })
  run.apply({ type: 'attempt_finished', at, step: id, attempt: 1, result }).settle()
  const span = only(run, 'invoke_agent simulated')
  expect(span.attributes).toMatchObject({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': 'simulated',
    'gen_ai.request.model': 'sonnet',
    'gen_ai.usage.input_tokens': 1200,
    'gen_ai.usage.output_tokens': 34,
    'orchd.cost.usd': 0.25,
    'orchd.cost.source': 'agent_reported',
    'orchd.simulated': true,
    'cicd.pipeline.task.name': 'write',
  })
  expect(JSON.stringify(spansOf(run))).not.toContain('secret plans')
})

test("an agent's span tells its session, what was cached, and where the cost is from", () => {
  const run = new KernelRun(plan([step('write', [], { body: { kind: 'prompt', prompt: 'x' } })]))
  const usage = { inputTokens: 1200, outputTokens: 34, cacheReadTokens: 1000, cacheWriteTokens: 50, reasoningTokens: 9 }
  run.start('write', 'openai_codex').finish('write', {
    ...success,
    usage,
    costUsd: 0.25,
    costSource: 'list_price',
    session: 'thread-1',
    resumed: 'yes',
  })
  expect(only(run, 'invoke_agent openai_codex').attributes).toMatchObject({
    'gen_ai.provider.name': 'openai',
    'gen_ai.conversation.id': 'thread-1',
    'gen_ai.usage.cache_read.input_tokens': 1000,
    'gen_ai.usage.cache_creation.input_tokens': 50,
    'orchd.usage.reasoning_tokens': 9,
    'orchd.cost.source': 'list_price',
    'orchd.session.resumed': 'yes',
  })
})

test('texts are cut to their limit without leaving half a character', () => {
  const run = new KernelRun(plan([step('a')])).run('a', { ...failure, message: `${'x'.repeat(511)}🦆` })
  const message = only(run, 'step a').error?.message ?? ''
  expect(message).toHaveLength(512)
  expect(message.isWellFormed()).toBe(true)
})

test('a clock that was set back gives no span a negative length', () => {
  const run = new KernelRun(plan([step('a')])).start('a')
  run.now -= 3_600_000
  run.finish('a')
  for (const span of spansOf(run)) expect(span.endAt).toBeGreaterThanOrEqual(span.startAt)
})

test('late and repeated events give no spans', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a'])])).run('a')
  const before = spansOf(run).length
  run.apply({ type: 'attempt_finished', at: run.now, step: stepId('a'), attempt: 1, result: failure })
  run.apply({ type: 'attempt_finished', at: run.now, step: stepId('b'), attempt: 7, result: failure })
  expect(spansOf(run)).toHaveLength(before)
})

test('a change that waits for a person has a mark, and a span of its own when it is decided', () => {
  const review = { verdict: 'require_human', policy: 'p', tree: 't', findings: [] } as const
  const run = new KernelRun(plan([step('a')])).run('a', { ...success, review })
  expect(only(run, 'gate opened').attributes).toMatchObject({ 'orchd.gate.type': 'review' })
  expect(only(run, 'step a').error).toBeNull()
  run.pass(days).answer('a', 'approve')
  expect(only(run, 'gate review')).toMatchObject({ startAt: 1_000_000, endAt: 1_000_000 + days, error: null })
})

test('an attempt whose change is blocked is an error', () => {
  const review = { verdict: 'block', policy: 'p', tree: 't', findings: [] } as const
  const run = new KernelRun(plan([step('a')])).run('a', { ...success, review })
  expect(only(run, 'step a').attributes).toMatchObject({ 'error.type': 'gate_blocked' })
})
