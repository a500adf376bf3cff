import { describe, expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { stepState } from '../../src/run/find.ts'
import { promptToGoOn } from '../../src/run/session.ts'
import type { PastSession } from '../../src/run/past-attempts.ts'
import { prompt, work } from '../report/worked.ts'
import { defaultRetry, plan, step } from '../support/plans.ts'
import { failure, KernelRun } from '../support/runs.ts'

const retry = { ...defaultRetry, maxAttempts: 9 }
const usage = { inputTokens: 100, outputTokens: 10 }
const failed = (session: string | null | undefined, more: Partial<AttemptResult> = {}): AttemptResult => ({
  ...failure,
  cause: 'agent_error',
  usage,
  costUsd: 0.1,
  ...(session === undefined ? {} : { session }),
  ...more,
})

function after(...attempts: readonly (readonly [agent: string, result: AttemptResult])[]): PastSession | null {
  const run = new KernelRun(plan([step('a', [], { ...prompt('claude_code'), retry })]))
  for (const [agent, result] of attempts) {
    work(run, 'a', agent, result)
    run.pass(600_000)
  }
  return stepState(run.state, stepId('a'))!.past.session
}

describe('the session in which the next attempt may go on', () => {
  test('is the one that the last attempt told, with what was used in it', () => {
    expect(after(['claude_code', failed('s1')], ['claude_code', failed('s1', { resumed: 'yes' })])).toEqual({
      id: 's1',
      agent: 'claude_code',
      usage: { inputTokens: 200, outputTokens: 20 },
      costUsd: 0.2,
    })
  })

  test('counts anew when an attempt had to begin anew', () => {
    const began = after(['claude_code', failed('s1')], ['claude_code', failed('s2', { resumed: 'afresh' })])
    expect(began).toMatchObject({ id: 's2', usage, costUsd: 0.1 })
  })

  test('stays when an attempt never came to tell one, and goes when it could not be gone on with', () => {
    const unknown = failed(undefined, { usage: null, costUsd: null })
    expect(after(['claude_code', failed('s1')], ['claude_code', unknown])).toMatchObject({ id: 's1', usage })
    expect(after(['claude_code', failed('s1')], ['claude_code', failed(null)])).toBeNull()
  })

  test('is nobody else’s', () => {
    expect(after(['claude_code', failed('s1')], ['openai_codex', failed(undefined)])).toBeNull()
    expect(after(['claude_code', failed('s1')], ['openai_codex', failed('s1')])).toMatchObject({ usage })
  })

  test('outlives an attempt that was lost, but not a retry that a person asks for', () => {
    const run = new KernelRun(plan([step('a', [], { ...prompt('claude_code'), retry, onCrash: 'retry' })]))
    const values = { env: {}, prompt: null, with: {} }
    work(run, 'a', 'claude_code', failed('s1'))
    run.pass(600_000)
    run.apply({ type: 'attempt_started', at: run.now, step: stepId('a'), attempt: 2, agent: 'claude_code', values })
    run.apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt: 2 })
    expect(stepState(run.state, stepId('a'))!.past.session).toMatchObject({ id: 's1' })
    run.apply({ type: 'retry_requested', at: run.now, from: stepId('a'), only: false, by: 'me' })
    expect(stepState(run.state, stepId('a'))!.past.session).toBeNull()
  })
})

test('the prompt that goes on says why, and whether the files are as the agent left them', () => {
  const past = {
    ...new KernelRun(plan([step('a')])).state.states.get(0).past,
    lastCause: 'stalled',
    lastMessage: 'no word',
  } as const
  const inPlace = promptToGoOn('Do it.', past, step('a'))
  expect(inPlace).toMatch(/ended before it was done \(stalled: no word\)\. Go on .*\n\nDo it\.$/)
  expect(inPlace).not.toContain('fresh copy')
  expect(promptToGoOn('Do it.', past, step('a', [], { isolation: 'worktree' }))).toContain(
    'in a fresh copy of the files',
  )
})
