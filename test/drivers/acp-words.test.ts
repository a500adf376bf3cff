import { RequestError } from '@agentclientprotocol/sdk'
import { expect, test } from 'vitest'
import { endOf, failureOf } from '../../src/agents/acp/failure.ts'
import { acpProtocol } from '../../src/agents/acp/protocol.ts'
import { sessionFailureIn } from '../../src/agents/acp/session-failure.ts'
import { Updates } from '../../src/agents/acp/updates.ts'
import { usageIn } from '../../src/agents/acp/usage.ts'
import type { AgentEvent } from '../../src/agents/events.ts'

test.for([
  [-32603, 'Internal error', { details: 'HTTP 429 slow down' }, 'rate_limited', 'Internal error: HTTP 429 slow down'],
  [-32603, 'no', { status: 529 }, 'overloaded', 'no'],
  [-32603, 'no', 'connect ECONNREFUSED', 'transient', 'no: connect ECONNREFUSED'],
  [-32000, 'Authentication required', undefined, 'auth', 'Authentication required'],
  [-32603, 'It broke', null, 'agent_error', 'It broke'],
] as const)('error %i "%s" with %j is %s', ([code, message, data, cause, text]) => {
  const failure = failureOf(new RequestError(code, message, data))
  expect(failure).toEqual({ type: 'finished', outcome: 'failure', cause, text, answer: null })
})

test.for([
  [
    { severity: 'error', category: 'service', title: 'x', details: 'high demand' },
    false,
    'overloaded',
    'x: high demand',
  ],
  [{ severity: 'error', category: 'access', title: 'Sign in' }, false, 'auth', 'Sign in'],
  [{ severity: 'error', category: 'connection', title: 'Gone' }, false, 'transient', 'Gone'],
  [{ severity: 'warning', category: 'service', title: 'Again' }, true, 'agent_error', 'Again'],
] as const)('a failure told apart, %j', ([sessionFailure, isWarning, cause, text]) => {
  expect(sessionFailureIn({ _meta: { jetbrains: { air: { sessionFailure } } } })).toEqual({ isWarning, cause, text })
})

test('nothing is no failure', () => {
  for (const meta of [undefined, null, {}, { jetbrains: { air: {} } }, { jetbrains: [] }])
    expect(sessionFailureIn({ _meta: meta })).toBeNull()
})

test.for([
  ['max_tokens', false, 'failure', 'agent_error'],
  ['max_turn_requests', false, 'failure', 'agent_error'],
  ['refusal', true, 'failure', 'agent_error'],
  ['cancelled', false, 'interrupted', null],
  ['cancelled', true, 'failure', 'permission_denied'],
  ['end_turn', true, 'success', null],
] as const)('the stop reason %s (refused something: %s) is %s %s', ([stop, denied, outcome, cause]) => {
  expect(endOf(stop, denied)).toMatchObject({ outcome, cause })
})

test.for([
  [{ totalTokens: 18, inputTokens: 10, outputTokens: 5, cachedReadTokens: 2, cachedWriteTokens: 1 }, [10, 2, 1, 5]],
  // Its own sum says that the cached ones are a part of the input.
  [{ totalTokens: 15, inputTokens: 10, outputTokens: 5, cachedReadTokens: 3 }, [7, 3, 0, 5]],
  [{ inputTokens: 10, outputTokens: 5, thoughtTokens: null }, [10, 0, 0, 5]],
] as const)('tokens %j are %j', ([usage, [inputUncached, cacheRead, cacheWrite, output]]) => {
  expect(usageIn(usage)).toEqual({ inputUncached, cacheRead, cacheWrite, output, reasoning: 0 })
})

test.for([[undefined], [null], [{}], [{ inputTokens: 10 }], [[]]])('%j tells no tokens', ([usage]) => {
  expect(usageIn(usage)).toBeNull()
})

test.for([
  [{ mode: 3 }, /mode must be/],
  [{ auth_method: [] }, /auth_method must be/],
  [{ start_timeout: 'soon' }, /start_timeout must be a duration/],
] as const)('%j is refused in words', ([config, error]) => {
  expect(acpProtocol(config, null)).toMatchObject({ ok: false, error: expect.stringMatching(error) })
})

test('a tool is told of when it is known what it does, with what it changed or what it printed', () => {
  const told: AgentEvent[] = []
  const updates = new Updates((event) => told.push(event))
  const call = (toolCallId: string, more: object): void =>
    updates.take({ sessionUpdate: 'tool_call_update', toolCallId, ...more })
  updates.take({ sessionUpdate: 'tool_call', toolCallId: 'a', title: 'Terminal', name: 'Bash', status: 'pending' })
  expect(told).toEqual([])
  call('a', { rawInput: { command: 'make' }, title: 'make' })
  call('a', { _meta: { terminal_output: { data: 'all ' } } })
  call('a', { _meta: { terminal_output_delta: { data: 'built\n' } }, status: 'completed' })
  call('a', { status: 'failed' })
  const diff = { type: 'diff', path: 'a.txt', oldText: 'x\ny\nz\n', newText: 'x\nY\nz\n' }
  call('b', { title: 'Write', kind: 'edit', content: [diff] })
  call('b', { status: 'completed', rawOutput: 'written' })
  call('c', {
    title: 'Fetch',
    kind: 'fetch',
    content: [{ type: 'content', content: { type: 'text', text: 'no route' } }],
  })
  call('c', { status: 'failed' })
  updates.take({ sessionUpdate: 'tool_call', toolCallId: 'd', title: 'Think', status: 'pending' })
  updates.flush()
  expect(told).toEqual([
    { type: 'tool', id: 'a', name: 'Bash', status: 'started', detail: 'make' },
    { type: 'tool', id: 'a', name: null, status: 'succeeded', detail: 'all built' },
    { type: 'tool', id: 'b', name: 'edit', status: 'started', detail: 'Write' },
    { type: 'tool', id: 'b', name: null, status: 'succeeded', detail: 'a.txt (+1 -1)' },
    { type: 'tool', id: 'c', name: 'fetch', status: 'started', detail: 'Fetch' },
    { type: 'tool', id: 'c', name: null, status: 'failed', detail: 'no route' },
    { type: 'tool', id: 'd', name: null, status: 'started', detail: 'Think' },
  ])
})

test('a message without end is cut', () => {
  const told: AgentEvent[] = []
  const updates = new Updates((event) => told.push(event))
  const content = { type: 'text' as const, text: 'x'.repeat(1000) }
  for (let count = 0; count < 3000; count++) updates.take({ sessionUpdate: 'agent_message_chunk', content })
  updates.flush()
  expect(told).toEqual([{ type: 'text', text: expect.stringMatching(/^x{1048000} \[\.{3}\]$/) }])
})
