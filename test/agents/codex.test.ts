import { describe, expect, test } from 'vitest'
import { judge, usageOf } from '../../src/agents/cli/judge.ts'
import { isProgress } from '../../src/agents/cli/seen.ts'
import { parseCodex } from '../../src/agents/codex/parse.ts'
import { codexProtocol } from '../../src/agents/codex/protocol.ts'
import { isStrict } from '../../src/agents/codex/strict-schema.ts'
import { cliRig } from './cli-rig.ts'
import { eventsOf, exited, seenOf } from './streams.ts'

const events = (name: string) => eventsOf(`codex/${name}`, parseCodex)
const verdict = (name: string, exitCode = 0) => judge(seenOf(events(name)), exited(exitCode), { allowDenied: false })

const command = "/bin/bash -lc 'npm test'"

test('a stream becomes events; a command that failed is no failure of the turn', () => {
  expect(events('edit')).toEqual([
    { type: 'started', session: '01a217d7-8a3d-7033-91a5-6bb05e8acf2a' },
    { type: 'tool', id: 'item_0', name: 'file_change', status: 'started', detail: '/project/hello.txt' },
    { type: 'tool', id: 'item_0', name: 'file_change', status: 'succeeded', detail: '/project/hello.txt' },
    { type: 'tool', id: 'item_1', name: 'command_execution', status: 'started', detail: command },
    { type: 'tool', id: 'item_1', name: 'command_execution', status: 'failed', detail: command },
    { type: 'text', text: 'Done.' },
    {
      type: 'usage',
      usage: { inputUncached: 702, cacheRead: 3000, cacheWrite: 0, output: 63, reasoning: 21 },
      costUsd: null,
    },
    { type: 'finished', outcome: 'success', cause: null, text: null, answer: null },
  ])
})

test('its input includes what was cached, and a cost that it does not tell is unknown', () => {
  const seen = seenOf(events('edit'))
  expect(usageOf(seen)).toEqual({
    inputTokens: 3702,
    outputTokens: 63,
    cacheReadTokens: 3000,
    cacheWriteTokens: 0,
    reasoningTokens: 21,
  })
  expect(seen.costUsd).toBeNull()
})

test('tries to connect again are no progress', () => {
  const retries = events('rate-limited').filter(({ type }) => type === 'retry')
  expect(retries).toEqual([{ type: 'retry', message: 'Reconnecting... 1/1 (unexpected status 429 Too Many Requests)' }])
  expect(parseCodex('{"type":"error","message":"Reconnecting... waiting for network"}')).toMatchObject([
    { type: 'retry' },
  ])
  expect(retries.some(isProgress)).toBe(false)
})

describe('what it tells and how it exits make the verdict', () => {
  test.for([
    ['edit', 0, 'success', null, /^null$/],
    ['warned', 0, 'success', null, /^null$/],
    ['strange', 0, 'success', null, /^null$/],
    ['unauthorized', 1, 'failure', 'auth', /401 Unauthorized/],
    ['rate-limited', 1, 'failure', 'rate_limited', /429/],
    ['overloaded', 1, 'failure', 'overloaded', /high demand/],
    ['usage-limit', 1, 'failure', 'usage_limit', /usage limit/],
    ['dropped', 1, 'failure', 'transient', /stream disconnected/],
    ['bad-request', 1, 'failure', 'agent_error', /Invalid schema/],
    ['nothing', 0, 'failure', 'agent_error', /^it ended without doing or saying anything$/],
    [
      'patch-rejected',
      0,
      'failure',
      'permission_denied',
      /apply_patch: patch rejected: writing is blocked by read-only/,
    ],
    ['no-sandbox', 0, 'failure', 'permission_denied', /a command: exec_command failed: bwrap/],
    ['declined', 0, 'failure', 'permission_denied', /rm -rf build/],
    ['ends-early', 0, 'failure', 'crashed', /^it ended before its work was done$/],
    ['ends-early', 1, 'failure', 'agent_error', /^it ended with exit code 1$/],
    ['not-trusted', 1, 'failure', 'agent_error', /exit code 1: Not inside a trusted directory/],
  ] as const)('%s, exit code %i: %s %s', ([name, exitCode, outcome, cause, message]) => {
    const found = verdict(name, exitCode)
    expect(found).toMatchObject({ outcome, cause })
    expect(String(found.by === 'agent' && found.message)).toMatch(message)
  })
})

const properties = { risk: { enum: ['low', 'high'] }, files: { type: 'array', items: { type: 'string' } } }
const loose = { type: 'object', required: ['risk'], properties }
const strict = { type: 'object', required: ['risk', 'files'], properties, additionalProperties: false }

test('only a schema that its service takes is passed; every other is told in words, and both are checked', async () => {
  expect([isStrict(strict), isStrict(loose), isStrict({ ...strict, properties: { risk: loose } })]).toEqual([
    true,
    false,
    false,
  ])
  await using rig = cliRig({ protocol: codexProtocol })
  const outputs = { risk: 'low', files: ['a.ts'] }
  const passed = rig.attempt({ replay: 'codex/answer' }, { spec: { outputSchema: strict } })
  expect(await rig.run(passed)).toMatchObject({ outcome: 'success', outputs })
  expect(rig.started().args.join(' ')).toContain('--output-schema')
  expect(rig.started().stdin).not.toContain('JSON Schema')
  const told = rig.attempt({ replay: 'codex/answer' }, { step: 'told', spec: { outputSchema: loose } })
  expect(await rig.run(told)).toMatchObject({ outcome: 'success', outputs })
  expect(rig.started().args.join(' ')).not.toContain('--output-schema')
  expect(rig.started().stdin).toContain('JSON Schema')
  const wrong = rig.attempt({ replay: 'codex/edit' }, { step: 'wrong', spec: { outputSchema: loose } })
  expect(await rig.run(wrong)).toMatchObject({ outcome: 'failure', cause: 'output_invalid' })
})

test('settings become the words of its command line, and its home is not among temporary files', async () => {
  const permissions = { network: 'allowed', file_system: 'read_write' } as const
  await using rig = cliRig({
    protocol: codexProtocol,
    agent: { key: ['CODEX_API_KEY', 'sk-x'], baseUrl: 'http://localhost:1/v1', permissions, args: ['--ephemeral'] },
  })
  expect(await rig.run(rig.attempt({ replay: 'codex/edit' }, { spec: { model: 'gpt-5.5' } }))).toMatchObject({
    outcome: 'success',
    costUsd: null,
    usage: { inputTokens: 3702, outputTokens: 63 },
  })
  const { args, env } = rig.started()
  expect(args.join(' ')).toBe(
    'exec --json --skip-git-repo-check --sandbox workspace-write -c sandbox_workspace_write.network_access=true ' +
      '-c model_provider="orchd" -c model_providers.orchd.name="orchd" ' +
      '-c model_providers.orchd.base_url="http://localhost:1/v1" -c model_providers.orchd.env_key="CODEX_API_KEY" ' +
      '-c model_providers.orchd.wire_api="responses" --model gpt-5.5 --ephemeral -',
  )
  expect(env).toMatchObject({ CODEX_API_KEY: 'sk-x', TMPDIR: `${env['CODEX_HOME']}/tmp` })
  const sandboxed = rig.attempt(
    { replay: 'codex/edit' },
    { step: 'two', rest: { with: { sandbox_mode: 'read-only' } } },
  )
  await rig.run(sandboxed)
  expect(rig.started().args).toContain('read-only')
})
