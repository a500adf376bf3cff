import { describe, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { ToolTimes } from '../../src/agents/cli/tool-times.ts'
import { judge, usageOf } from '../../src/agents/cli/judge.ts'
import { parseCursor } from '../../src/agents/cursor/parse.ts'
import { cursorProtocol } from '../../src/agents/cursor/protocol.ts'
import { cliRig } from './cli-rig.ts'
import { plainEnv } from './rig.ts'
import { eventsOf, exited, seenOf } from './streams.ts'

// Cursor itself was never run here: these streams are written after its documents.

const seen = (name: string) => seenOf(eventsOf(`cursor/${name}`, parseCursor))

test('a stream becomes events', () => {
  expect(eventsOf('cursor/edit', parseCursor)).toEqual([
    { type: 'noise', text: 'T: 1764158400' },
    { type: 'started', session: '33333333-3333-4333-8333-333333333333' },
    { type: 'text', text: 'I write the file.' },
    { type: 'tool', id: 'call_1\nfc_1', name: 'write', status: 'started', detail: 'hello.txt' },
    { type: 'tool', id: 'call_1\nfc_1', name: 'write', status: 'succeeded', detail: 'hello.txt' },
    { type: 'tool', id: 'call_2', name: 'shell', status: 'started', detail: 'npm test' },
    { type: 'tool', id: 'call_2', name: 'shell', status: 'failed', detail: 'npm test' },
    { type: 'text', text: 'Done.' },
    {
      type: 'usage',
      usage: { inputUncached: 1000, cacheRead: 200, cacheWrite: 34, output: 50, reasoning: 0 },
      costUsd: null,
    },
    { type: 'finished', outcome: 'success', cause: null, text: 'Done.', answer: null },
  ])
  expect(usageOf(seen('no-usage'))).toBeNull()
})

describe('what it tells and how it exits make the verdict', () => {
  test.for([
    ['edit', 0, 'success', null, /^null$/],
    ['rejected', 0, 'failure', 'permission_denied', /use shell$/],
    ['ends-early', 0, 'failure', 'crashed', /before its work was done/],
    ['unauthorized', 1, 'failure', 'auth', /exit code 1: Error: Authentication required/],
    ['unknown-flag', 1, 'failure', 'agent_error', /unknown option '--trust'/],
    ['failed', 1, 'failure', 'rate_limited', /^Rate limit exceeded/],
  ] as const)('%s, exit code %i: %s %s', ([name, exitCode, outcome, cause, message]) => {
    const found = judge(seen(name), exited(exitCode), { allowDenied: false })
    expect(found).toMatchObject({ outcome, cause })
    expect(String(found.by === 'agent' && found.message)).toMatch(message)
  })
})

test('the prompt is its last argument, CI is not told, and an agent that never exits is ended', async () => {
  const baseEnv = { ...plainEnv(), CI: '1', CURSOR_TRACE_ID: 'x' }
  await using rig = cliRig({ protocol: cursorProtocol, baseEnv, agent: { args: ['chat', '--headless'] } })
  const attempt = rig.attempt({ replay: 'cursor/edit', lingers: true }, { spec: { model: 'gpt-5' } })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', usage: { inputTokens: 1234, outputTokens: 50 } })
  const { args, env, stdin } = rig.started()
  expect(args).toEqual([
    '-p', '--output-format', 'stream-json', '--trust', '--force', '--model', 'gpt-5', attempt.prompt,
  ]) // prettier-ignore
  expect([stdin, env['CI'], env['CURSOR_TRACE_ID']]).toEqual(['', undefined, undefined])
})

test('flags of the registry stand in for those that a build does not know', async () => {
  const agent = { flags: ['--yolo'], permissions: { file_system: 'read_only' } } as const
  await using rig = cliRig({ protocol: cursorProtocol, agent })
  await rig.run(rig.attempt({ replay: 'cursor/edit' }))
  expect(rig.started().args.slice(3, -1)).toEqual(['--yolo', '--mode', 'ask'])
})

test('a prompt that no argument can hold comes on standard input', async () => {
  await using rig = cliRig({ protocol: cursorProtocol })
  const attempt = rig.attempt({ replay: 'cursor/edit', note: 'x'.repeat(200_000) })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  expect(rig.started().stdin).toBe(attempt.prompt)
  expect(rig.started().args.at(-1)).toBe('--force')
})

test('a build that tells each event on standard error as well (2026.01.28) used each tool once, and each token', async () => {
  const twice = readFileSync('test/fixtures/streams/cursor/edit.jsonl', 'utf8')
  const calls = new ToolTimes((text) => text)
  const events = [...twice.split('\n'), ...twice.split('\n')].filter((line) => line !== '').flatMap(parseCursor)
  for (const [at, event] of events.entries()) calls.take(event, at)
  expect(calls.calls(99)).toMatchObject({ calls: [{ name: 'write' }, { name: 'shell' }], more: 0 })
  expect(usageOf(seenOf(events))).toMatchObject({ inputTokens: 1234, outputTokens: 50 })
})
