import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ToolCall } from '../../src/ports/tool-calls.ts'
import { claudeProtocol } from '../../src/agents/claude/protocol.ts'
import { codexProtocol } from '../../src/agents/codex/protocol.ts'
import { cursorProtocol } from '../../src/agents/cursor/protocol.ts'
import { cliRig } from './cli-rig.ts'
import { lives, plainEnv, readOr, until } from './rig.ts'

const protocol = claudeProtocol

test('an agent works on its prompt, and its log, message, tokens and cost are the attempt’s', async () => {
  await using rig = cliRig({ protocol })
  const attempt = rig.attempt({ replay: 'claude/edit', files: { 'hello.txt': 'hello\n' } })
  expect(await rig.run(attempt)).toMatchObject({
    outcome: 'success',
    cause: null,
    exitCode: 0,
    outputs: { text: 'Done.' },
    usage: { inputTokens: 1234, outputTokens: 56 },
    costUsd: 0.006256,
    simulated: false,
  })
  expect(rig.file('hello.txt')).toBe('hello\n')
  expect(readOr(join(attempt.folder, 'output.log'))).toBe(
    readFileSync('test/fixtures/streams/claude/edit.jsonl', 'utf8'),
  )
})

test('the prompt is text, whatever is in it, and comes on standard input at any length', async () => {
  await using rig = cliRig({ protocol })
  const hostile = `$(touch pwned) \`touch pwned\`; touch pwned "'\n-- --version \u{1F600} ${'x'.repeat(300_000)}`
  expect(await rig.run(rig.attempt({ replay: 'claude/edit', note: hostile }))).toMatchObject({ outcome: 'success' })
  expect(JSON.parse(rig.started().stdin).note).toBe(hostile)
  expect(rig.started().args.join(' ')).not.toContain('pwned')
  expect(rig.file('pwned')).toBeNull()
})

test('an agent gets no more of the environment than it needs', async () => {
  const baseEnv = { ...plainEnv(), CLAUDECODE: '1', EDITOR: 'vi', LC_ALL: 'C', ANTHROPIC_MODEL: 'm', HTTPS_PROXY: 'p' }
  const key = ['ANTHROPIC_API_KEY', 'sk-ant-stand-in'] as const
  await using rig = cliRig({ protocol, baseEnv, agent: { key, env: { LC_ALL: null, EXTRA: 'x' } } })
  await rig.run(
    rig.attempt(
      { replay: 'claude/edit' },
      { env: { TRACEPARENT: '00-1-2-01', MINE: 'y' }, secrets: { NPM_TOKEN: 'z' } },
    ),
  )
  const { env, cwd } = rig.started()
  expect(Object.keys(env).toSorted()).toEqual([
    'ANTHROPIC_API_KEY', 'ANTHROPIC_MODEL', 'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC', 'CLAUDE_CONFIG_DIR',
    'DISABLE_AUTOUPDATER', 'EXTRA', 'HOME', 'HTTPS_PROXY', 'MINE', 'NPM_TOKEN', 'ORCHD_ATTEMPT_KEY', 'PATH', 'PWD',
    'TRACEPARENT',
  ]) // prettier-ignore
  expect(env).toMatchObject({ PWD: cwd, TRACEPARENT: '00-1-2-01' })
})

test('an agent has a home of its own, with the person’s login by a link, and a login that it renewed goes back', async () => {
  await using rig = cliRig({ protocol, baseEnv: { ...plainEnv(), CLAUDE_CONFIG_DIR: '/tmp/none' } })
  const own = join(rig.folder, 'own')
  mkdirSync(own)
  writeFileSync(join(own, '.credentials.json'), 'the login')
  await using other = cliRig({ protocol, baseEnv: { ...plainEnv(), CLAUDE_CONFIG_DIR: own } })
  const attempt = other.attempt({ replay: 'claude/edit', waitFor: 'go' })
  const ended = other.run(attempt)
  await until('the stand-in', () => other.file('stand-in.json'))
  const home = other.started().env['CLAUDE_CONFIG_DIR']!
  expect(home).toBe(attempt.home)
  expect(readFileSync(join(home, '.credentials.json'), 'utf8')).toBe('the login')
  // As an agent that renews the login and puts a new file in the place of the link.
  const renewed = join(home, 'renewed')
  writeFileSync(renewed, 'the new login')
  const { renameSync } = await import('node:fs')
  renameSync(renewed, join(home, '.credentials.json'))
  writeFileSync(join(other.folder, 'go'), '')
  expect(await ended).toMatchObject({ outcome: 'success' })
  expect(existsSync(join(home, '.credentials.json'))).toBe(false)
  expect(readFileSync(join(own, '.credentials.json'), 'utf8')).toBe('the new login')
})

test('an agent that stays after it has told its end is ended, and has succeeded', async () => {
  await using rig = cliRig({ protocol })
  expect(await rig.run(rig.attempt({ replay: 'claude/edit', lingers: true }))).toMatchObject({ outcome: 'success' })
  expect(lives(rig.started().pid)).toBe(false)
})

test('a child that holds the output keeps nobody waiting, and is swept', async () => {
  await using rig = cliRig({ protocol })
  expect(await rig.run(rig.attempt({ replay: 'claude/edit', child: true }))).toMatchObject({ outcome: 'success' })
  expect(lives(Number(rig.file('child.pid')))).toBe(false)
})

test('tries to reach its service are no progress: an agent that does nothing else is stalled', async () => {
  const retry = '{"type":"system","subtype":"api_retry","attempt":1,"error_status":529,"error":"overloaded_error"}'
  await using rig = cliRig({ protocol })
  const attempt = rig.attempt(
    { replay: 'claude/ends-early', repeat: { line: retry, everyMs: 20 } },
    { spec: { stallTimeoutMs: 700 } },
  )
  expect(await rig.run(attempt)).toMatchObject({
    outcome: 'timeout',
    cause: 'stalled',
    message: 'it did nothing but try to reach its service: the service answered 529 overloaded_error',
  })
})

const streams = { claude: claudeProtocol, codex: codexProtocol, cursor: cursorProtocol }

test.for(
  (['claude', 'codex', 'cursor'] as const).flatMap((agent) =>
    ['still here', '{"level":"info","text":"still here"}'].map((line) => [agent, line] as const),
  ),
)('%s: what it prints beside its stream (%s) is no progress', async ([agent, line]) => {
  await using rig = cliRig({ protocol: streams[agent] })
  const attempt = rig.attempt({ repeat: { line, everyMs: 20 } }, { spec: { stallTimeoutMs: 3000, timeoutMs: 15_000 } })
  expect(await rig.run(attempt)).toMatchObject({
    outcome: 'timeout',
    cause: 'stalled',
    message: `told nothing of its work for 3.0s: ${line}`,
  })
})

test.for(['claude', 'codex', 'cursor'] as const)(
  '%s: what its stream tells is progress, known or not',
  async (agent) => {
    await using rig = cliRig({ protocol: streams[agent] })
    const repeat = { line: '{"type":"something_new"}', everyMs: 20 }
    const attempt = rig.attempt({ repeat }, { spec: { stallTimeoutMs: 3000, timeoutMs: 6000 } })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'timeout', cause: 'timeout' })
  },
)

test('a cancelled agent is cancelled, whatever it told before', async () => {
  await using rig = cliRig({ protocol, lingerMs: 60_000 })
  const attempt = rig.attempt({ replay: 'claude/edit', lingers: true })
  const ended = rig.run(attempt)
  await until('its end', () => readOr(join(attempt.folder, 'output.raw'))?.includes('"type":"result"'))
  rig.cli.stop(attempt, 'cancelled')
  expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
})

test('secrets that an agent prints are in neither log nor result', async () => {
  const key = ['ANTHROPIC_API_KEY', 'sk-ant-very-secret'] as const
  await using rig = cliRig({ protocol, agent: { key } })
  const text = '{"type":"assistant","message":{"content":[{"type":"text","text":"my key is sk-ant-very-secret"}]}}'
  const attempt = rig.attempt({ before: [text], replay: 'claude/ends-early' })
  const result = await rig.run(attempt)
  expect(result).toMatchObject({ outcome: 'failure' })
  expect(readOr(join(attempt.folder, 'output.log'))).toContain('my key is ***')
  expect(JSON.stringify(result)).not.toContain('very-secret')
})

const outputSchema = {
  type: 'object',
  required: ['risk', 'files'],
  properties: { risk: { enum: ['low', 'high'] }, files: { type: 'array', items: { type: 'string' } } },
}

test.for([
  ['structured', { outcome: 'success', outputs: { risk: 'low', files: ['a.ts'] } }],
  ['fenced', { outcome: 'success', outputs: { risk: 'low', files: [] } }],
  ['unstructured', { outcome: 'failure', cause: 'output_invalid' }],
  ['edit', { outcome: 'failure', cause: 'output_invalid' }],
] as const)('output_schema is passed on and checked: %s', async ([name, expected]) => {
  await using rig = cliRig({ protocol })
  expect(await rig.run(rig.attempt({ replay: `claude/${name}` }, { spec: { outputSchema } }))).toMatchObject(expected)
  expect(rig.started().args).toContain(JSON.stringify(outputSchema))
})

test('model and with become the words of its command line; what they may not be is said before it starts', async () => {
  await using rig = cliRig({
    protocol,
    agent: { args: ['--debug'], permissions: { shell_commands: 'allowed', network: 'none' } },
  })
  const options = { allowed_tools: ['Bash(npm test:*)'], max_turns: 7, permission_mode: 'dontAsk' }
  await rig.run(rig.attempt({ replay: 'claude/edit' }, { spec: { model: 'opus' }, rest: { with: options } }))
  expect(rig.started().args.join(' ')).toBe(
    '-p --output-format stream-json --verbose --strict-mcp-config --setting-sources project --permission-mode dontAsk ' +
      '--allowedTools Bash Bash(npm test:*) --disallowedTools WebFetch WebSearch --model opus --max-turns 7 --debug',
  )
  for (const [wrong, message] of [
    [{ tools: [] }, /"tools", which is no option of this agent/],
    [{ max_turns: 0 }, /max_turns must be a whole number/],
    [{ permission_mode: 'auto' }, /permission_mode must be one of/],
    [{ on_denied: 'maybe' }, /on_denied must be fail or ignore/],
  ] as const) {
    const attempt = rig.attempt({}, { step: 'wrong', rest: { with: wrong } })
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'error',
      cause: 'spawn_failed',
      message: expect.stringMatching(message),
    })
  }
})

test('an agent that is not there is an error that names it', async () => {
  await using rig = cliRig({ protocol, agent: { command: ['no-such-agent'] } })
  expect(await rig.run(rig.attempt({}))).toMatchObject({
    outcome: 'error',
    cause: 'spawn_failed',
    message: 'there is no "no-such-agent" on PATH',
  })
  expect(await rig.run(rig.attempt({}, { rest: { agent: 'unknown' } }))).toMatchObject({ cause: 'spawn_failed' })
})

test('the tools that it used are kept by name and time, for the spans, and nothing of what they were given', async () => {
  await using rig = cliRig({ protocol })
  const attempt = rig.attempt({ replay: 'claude/edit', waitFor: 'go' })
  const ended = rig.run(attempt)
  await until('the stand-in', () => rig.file('stand-in.json'))
  writeFileSync(join(rig.folder, 'go'), '')
  await ended
  const { calls, more } = JSON.parse(readOr(join(attempt.folder, 'tools.json')) ?? '{}')
  expect(more).toBe(0)
  expect(calls.map(({ name, failed }: ToolCall) => [name, failed])).toEqual([['Write', false]])
  for (const { startAt, endAt } of calls as ToolCall[]) {
    expect(startAt).toBeGreaterThanOrEqual(attempt.startedAt)
    expect(endAt).toBeGreaterThanOrEqual(startAt)
  }
  expect(JSON.stringify(calls)).not.toContain('hello.txt')
})

test('where spans are sent, it is told to send its own there, unless its sandbox cannot reach the place', async () => {
  const tracesUrl = 'http://127.0.0.1:4318/v1/traces'
  await using rig = cliRig({ protocol, tracesUrl })
  await rig.run(rig.attempt({ replay: 'claude/edit' }))
  expect(rig.started().env).toMatchObject({
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesUrl,
    OTEL_LOGS_EXPORTER: 'none',
  })
})
