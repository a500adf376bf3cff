import { describe, expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { defaultRetry, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'
import { prompt, responseNow, twoPromptsAndShell, work } from './worked.ts'

const spent = (usage: AttemptResult['usage'], costUsd: number | null): AttemptResult => ({ ...success, usage, costUsd })

describe('usage and cost', () => {
  test('are sums over the steps of agents', () => {
    const run = new KernelRun(twoPromptsAndShell)
    work(run, 'a', 'claude_code', spent({ inputTokens: 10, outputTokens: 1 }, 0.5))
    work(run, 'b', 'claude_code', spent({ inputTokens: 20, outputTokens: 2 }, 0.25))
    work(run, 'sh', 'shell')
    expect(responseNow(run).usage).toMatchObject({
      input_tokens: 30,
      output_tokens: 3,
      cost_usd: 0.75,
      cost_source: 'reported',
    })
  })

  test('are unknown, and not the sum of the rest, when one step did not tell', () => {
    const run = new KernelRun(twoPromptsAndShell)
    work(run, 'a', 'claude_code', spent({ inputTokens: 10, outputTokens: 1 }, 0.5))
    work(run, 'b', 'claude_code', spent(null, null))
    expect(responseNow(run).usage).toMatchObject({
      input_tokens: null,
      output_tokens: null,
      cost_usd: null,
      cost_source: 'unknown',
    })
  })

  const told = spent({ inputTokens: 5, outputTokens: 1 }, 0.25)
  test.for([
    ['unknown when an earlier attempt did not tell', { ...failure, outcome: 'timeout', cause: 'timeout' }, null, null],
    ['those of the attempts that began', { ...failure, outcome: 'error', cause: 'spawn_failed' }, 10, 0.5],
    ['sums over the attempts that told', { ...told, outcome: 'failure', cause: 'agent_error' }, 15, 0.75],
  ] as const)('are %s', ([, first, tokens, cost]) => {
    const retry = { ...defaultRetry, maxAttempts: 2 }
    const run = new KernelRun(plan([step('a', [], { ...prompt('claude_code'), retry })]))
    work(run, 'a', 'claude_code', first)
    run.pass(600_000)
    work(run, 'a', 'claude_code', spent({ inputTokens: 10, outputTokens: 1 }, 0.5))
    expect(responseNow(run).usage).toMatchObject({ input_tokens: tokens, cost_usd: cost })
  })

  test('are unknown when an attempt was lost with what it had used', () => {
    const run = new KernelRun(plan([step('a', [], { ...prompt('claude_code'), onCrash: 'retry' })]))
    const values = { env: {}, prompt: null, with: {} }
    run.apply({ type: 'attempt_started', at: run.now, step: stepId('a'), attempt: 1, agent: 'claude_code', values })
    run.apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt: 1 })
    work(run, 'a', 'claude_code', spent({ inputTokens: 10, outputTokens: 1 }, 0.5))
    expect(responseNow(run).usage).toMatchObject({ input_tokens: null, cost_usd: null, cost_source: 'unknown' })
  })

  test('are those of list prices as soon as a part is', () => {
    const run = new KernelRun(twoPromptsAndShell)
    const usage = { inputTokens: 10, outputTokens: 1, cacheReadTokens: 4 }
    work(run, 'a', 'claude_code', spent(usage, 0.1))
    work(run, 'b', 'openai_codex', { ...spent({ ...usage, reasoningTokens: 1 }, 0.2), costSource: 'list_price' })
    const { steps, usage: sum } = responseNow(run)
    expect(sum).toEqual({
      input_tokens: 20,
      output_tokens: 2,
      cache_read_tokens: 8,
      cache_write_tokens: null,
      reasoning_tokens: null,
      cost_usd: 0.3,
      cost_source: 'list_price',
    })
    expect(steps.map((one) => one.cost_source)).toEqual(['reported', 'list_price', null])
  })

  test('are null when no agent worked', () => {
    const run = new KernelRun(plan([step('a')])).run('a')
    expect(responseNow(run).usage).toMatchObject({
      input_tokens: null,
      output_tokens: null,
      cost_usd: null,
      cost_source: null,
    })
  })

  test('of a simulated run invent no cost, commit, tests or pull request', () => {
    const run = new KernelRun(plan([step('a', [], prompt('claude_code'))]))
    run.state = { ...run.state, simulate: 'all' }
    work(run, 'a', 'claude_code', spent({ inputTokens: 10, outputTokens: 1 }, 0.5))
    const response = responseNow(run)
    expect(response).toMatchObject({
      simulated: true,
      usage: { cost_usd: null, cost_source: null },
      artifacts: { pr_url: null, test_results: null, commit: null },
    })
    expect(response.steps[0]).toMatchObject({ cost_usd: null, commit: null })
  })

  test('of the built-in simulated agent are simulated without being asked for', () => {
    const run = new KernelRun(plan([step('a', [], prompt('simulated'))]))
    work(run, 'a', 'simulated', { ...spent(null, 1), simulated: true })
    expect(responseNow(run)).toMatchObject({ simulated: true, usage: { cost_usd: null } })
  })
})
