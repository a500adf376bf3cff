import { describe, expect, test } from 'vitest'
import { judge, usageOf } from '../../src/agents/cli/judge.ts'
import { parseClaude } from '../../src/agents/claude/parse.ts'
import { endedBy } from '../../src/agents/process/ended.ts'
import { eventsOf, exited, seenOf } from './streams.ts'

const seen = (name: string) => seenOf(eventsOf(`claude/${name}`, parseClaude))
const verdict = (name: string, exitCode = 0, allowDenied = false) =>
  judge(seen(name), exited(exitCode), { allowDenied })

test('a stream becomes events, each part once', () => {
  expect(eventsOf('claude/edit', parseClaude)).toEqual([
    { type: 'started', session: '11111111-1111-4111-8111-111111111111' },
    { type: 'text', text: 'I write the file.' },
    { type: 'tool', id: 'toolu_1', name: 'Write', status: 'started', detail: 'hello.txt' },
    { type: 'tool', id: 'toolu_1', name: null, status: 'succeeded', detail: null },
    { type: 'text', text: 'Done.' },
    {
      type: 'usage',
      usage: { inputUncached: 1200, cacheRead: 4, cacheWrite: 30, output: 56, reasoning: 0 },
      costUsd: 0.006256,
    },
    { type: 'finished', outcome: 'success', cause: null, text: 'Done.', answer: null },
  ])
})

test('unknown events, half lines, words on standard error and a line of 400 kB change nothing', () => {
  const events = eventsOf('claude/strange', parseClaude)
  expect(events.filter(({ type }) => type === 'noise').map((event) => ('text' in event ? event.text : null))).toEqual([
    'warning: something on standard error',
    '{"type":"assistant","message":{"content":[{"type":"text"',
    '[1,2]',
    'null',
  ])
  expect(verdict('strange')).toMatchObject({ outcome: 'success' })
})

test('tokens are those of the whole input, cached or not, and the cost is what it tells', () => {
  expect(usageOf(seen('edit'))).toEqual({
    inputTokens: 1234,
    outputTokens: 56,
    cacheReadTokens: 4,
    cacheWriteTokens: 30,
    reasoningTokens: 0,
  })
  expect(seen('edit').costUsd).toBe(0.006256)
  expect(usageOf(seen('ends-early'))).toBeNull()
  expect(seen('ends-early').costUsd).toBeNull()
})

describe('what it tells and how it exits make the verdict', () => {
  test.for([
    ['edit', 0, 'success', null, /^null$/],
    ['edit', 3, 'failure', 'agent_error', /^it told of a success, but ended with exit code 3$/],
    ['unauthorized', 1, 'failure', 'auth', /^Failed to authenticate\. API Error: 401 invalid x-api-key$/],
    ['rate-limited', 1, 'failure', 'rate_limited', /^API Error: 429/],
    ['overloaded', 1, 'failure', 'overloaded', /^API Error: 529 Overloaded$/],
    ['usage-limit', 1, 'failure', 'usage_limit', /usage limit reached/],
    ['bad-request', 1, 'failure', 'agent_error', /^API Error: 400/],
    ['refused', 1, 'failure', 'transient', /ConnectionRefused/],
    ['max-turns', 1, 'failure', 'agent_error', /^Reached maximum number of turns \(1\)$/],
    ['max-budget', 1, 'failure', 'budget', /^it reached the most money that it may spend$/],
    ['no-such-session', 1, 'failure', 'agent_error', /^No conversation found/],
    ['ends-early', 0, 'failure', 'crashed', /^it ended before its work was done$/],
    ['ends-early', 2, 'failure', 'agent_error', /^it ended with exit code 2$/],
    ['silent', 0, 'failure', 'agent_error', /^it ended without doing or saying anything$/],
  ] as const)('%s, exit code %i: %s %s', ([name, exitCode, outcome, cause, message]) => {
    const found = verdict(name, exitCode)
    expect(found).toMatchObject({ outcome, cause })
    expect(String(found.by === 'agent' && found.message)).toMatch(message)
  })

  test('denied tools are a failure although it calls that a success and exits with 0, unless the plan says otherwise', () => {
    expect(verdict('denied')).toEqual({
      by: 'agent',
      outcome: 'failure',
      cause: 'permission_denied',
      message:
        "it was not allowed to use Write, Bash: Claude requested permissions to write to hello.txt, but you haven't granted it yet.",
    })
    expect(verdict('denied', 0, true)).toMatchObject({ outcome: 'success', cause: null })
  })

  test('an interrupt by somebody else is no success although it exits with 0', () => {
    expect(verdict('interrupted')).toMatchObject({ outcome: 'failure', cause: 'crashed' })
  })

  test.for(['settled', 'timeout', 'stalled', 'orphaned', 'lost'] as const)(
    'an agent that had told its end has done its work, also when it stayed and was %s',
    (reason) => {
      expect(judge(seen('edit'), endedBy(reason, null), { allowDenied: false })).toMatchObject({ outcome: 'success' })
      expect(judge(seen('denied'), endedBy(reason, null), { allowDenied: false })).toMatchObject({
        cause: 'permission_denied',
      })
    },
  )

  test('what we ended for a reason of ours is judged by that reason', () => {
    for (const reason of ['timeout', 'stalled', 'orphaned', 'lost', 'spawn_failed'] as const)
      expect(judge(seen('ends-early'), endedBy(reason, null), { allowDenied: false })).toEqual({ by: 'process' })
    for (const reason of ['cancelled', 'killed', 'deadline'] as const)
      expect(judge(seen('edit'), endedBy(reason, null), { allowDenied: false })).toEqual({ by: 'process' })
  })
})
