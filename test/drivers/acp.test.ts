import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { claudeAdapter, codexAdapter } from '../../src/agents/acp/adapters.ts'
import { acpProtocol, type KnownAgent } from '../../src/agents/acp/protocol.ts'
import { claudeProtocol } from '../../src/agents/claude/protocol.ts'
import type { CliAgent } from '../../src/agents/cli/agent.ts'
import type { CliOptions } from '../../src/agents/cli.ts'
import { codexProtocol } from '../../src/agents/codex/protocol.ts'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { cliRig, type CliRig } from '../agents/cli-rig.ts'
import { lives, readOr, until } from '../agents/rig.ts'

/** Room for a machine under load: nothing here waits for it to pass. */
const patient = { graceMs: 20_000, lingerMs: 20_000 }

function acpRig(
  config: JsonObject = {},
  { mood = '', ...agent }: Partial<CliAgent> & { readonly mood?: string } = {},
  options: Partial<CliOptions> = patient,
  known: KnownAgent | null = null,
): CliRig {
  const protocol = acpProtocol(config, known)
  if (!protocol.ok) throw new Error(protocol.error)
  const command = [process.execPath, resolve('test/fixtures/bin/stand-in-acp.ts')]
  return cliRig({ protocol: protocol.value, agent: { command, env: { MOOD: mood }, ...agent }, ...options })
}

/** What the stand-in was asked, in order. */
const asked = (rig: CliRig): readonly { what: string; params: Json; pid: number; env: Record<string, string> }[] =>
  (rig.file('asked.jsonl') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const askedFor = (rig: CliRig, what: string): Json | undefined => asked(rig).find((one) => one.what === what)?.params

const edit = { edit: 'hello.txt', text: 'hello\n' }
const done = { say: 'All is done.' }

test('an agent works on its prompt; message, log, tokens and cost are the attempt’s', async () => {
  await using rig = acpRig({ mode: 'build' })
  const attempt = rig.attempt({ do: [{ say: 'I begin.' }, { cost: 0.25 }, edit, done, { cost: 0.5 }] })
  expect(await rig.run(attempt)).toMatchObject({
    outcome: 'success',
    cause: null,
    exitCode: 0,
    outputs: { text: 'All is done.' },
    usage: { inputTokens: 13, outputTokens: 5 },
    costUsd: 0.5,
  })
  expect(rig.file('hello.txt')).toBe('hello\n')
  expect(askedFor(rig, 'new')).toMatchObject({ cwd: rig.folder, mcpServers: [] })
  expect(askedFor(rig, 'mode')).toMatchObject({ modeId: 'build' })
  const log = (readOr(`${attempt.folder}/output.log`) ?? '').trim().split('\n')
  expect(log.map((line) => JSON.parse(line)).filter(({ type }) => type !== 'alive' && type !== 'late')).toEqual([
    { type: 'started', session: 'session-1' },
    { type: 'text', text: 'I begin.' },
    { type: 'tool', id: 'call-1', name: 'edit', status: 'started', detail: 'Write hello.txt' },
    { type: 'tool', id: 'call-1', name: null, status: 'succeeded', detail: 'hello.txt (+1 -0)' },
    { type: 'text', text: 'All is done.' },
    { type: 'usage', usage: { inputUncached: 10, cacheRead: 3, cacheWrite: 0, output: 5, reasoning: 0 }, costUsd: 0.5 },
    { type: 'finished', outcome: 'success', cause: null, text: null, answer: null },
  ])
  expect(lives(asked(rig)[0]!.pid)).toBe(false)
})

test.for(['titled', 'untitled'])(
  'a session gets its title from orchd, so that no model is asked for one (%s)',
  async (mood) => {
    await using rig = acpRig({}, { mood })
    const first = rig.attempt({ do: [done] })
    expect(await rig.run(first)).toMatchObject({ outcome: 'success' })
    expect(askedFor(rig, 'title')).toEqual({ sessionId: 'session-1', title: 'orchd' })
    const order = asked(rig).map(({ what }) => what)
    expect(order.indexOf('title')).toBeLessThan(order.indexOf('prompt'))
  },
)

describe('permission', () => {
  test('is given by the words of the registry, once, by the kind of the option', async () => {
    const permissions = { shell_commands: 'allowed' } as const
    await using rig = acpRig({}, { permissions })
    const work = [{ ...edit, ask: true }, { run: 'make', ask: true }, done]
    expect(await rig.run(rig.attempt({ do: work }))).toMatchObject({ outcome: 'success' })
    const answers = asked(rig).filter(({ what }) => what === 'permission')
    expect(answers.map(({ params }) => params)).toEqual([
      { outcome: 'selected', optionId: 'x-2' },
      { outcome: 'selected', optionId: 'x-2' },
    ])
  })

  test.for([
    [{}, { run: 'make', ask: true }, 'execute: `make`: shell_commands is none'],
    [{ file_system: 'read_only' }, { ...edit, ask: true }, 'edit: Write hello.txt: file_system is read_only'],
    [
      {},
      { edit: '../out.txt', text: '', ask: true },
      'edit: Write ../out.txt: it is not in the folder in which it works',
    ],
  ] as const)('%j refuses %j, and the step says so', async ([permissions, act, why]) => {
    await using rig = acpRig({}, { permissions })
    expect(await rig.run(rig.attempt({ do: [act, done] }))).toMatchObject({
      outcome: 'failure',
      cause: 'permission_denied',
      message: `it was not allowed to use ${why}`,
    })
    expect(rig.file('hello.txt')).toBeNull()
    const attempt = rig.attempt({ do: [act, done] }, { step: 'two', rest: { with: { on_denied: 'ignore' } } })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  })

  test('an agent that ends its turn for it has not succeeded, whatever on_denied says', async () => {
    await using rig = acpRig({}, { mood: 'sulky' })
    const work = [{ run: 'make', ask: true }, done]
    const attempt = rig.attempt({ do: work }, { rest: { with: { on_denied: 'ignore' } } })
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'failure',
      cause: 'permission_denied',
      message: 'it was refused something, and ended its work',
    })
  })
})

describe('what goes wrong', () => {
  test.for([
    [
      'an error',
      [{ fail: { code: -32603, message: 'Internal error', data: { details: 'HTTP 429' } } }],
      'rate_limited',
      'Internal error: HTTP 429',
    ],
    [
      'a failure that it tells apart',
      [done, { failure: { severity: 'error', title: 'last status: 429' } }],
      'rate_limited',
      'last status: 429',
    ],
    ['an exit', [{ exit: 7, words: 'out of cheese' }], 'crashed', 'it ended with exit code 7: out of cheese'],
    [
      'an exit for lack of a service',
      [{ exit: 1, words: 'connect ECONNREFUSED' }],
      'transient',
      'it ended with exit code 1: connect ECONNREFUSED',
    ],
    ['a signal', [{ signal: 'SIGKILL' }, { hang: true }], 'crashed', 'it was ended by SIGKILL'],
    ['nothing', [], 'agent_error', 'it ended without doing or saying anything'],
  ] as const)('%s', async ([, acts, cause, message]) => {
    await using rig = acpRig()
    expect(await rig.run(rig.attempt({ do: acts }))).toMatchObject({ outcome: 'failure', cause, message })
    expect(lives(asked(rig)[0]!.pid)).toBe(false)
  })

  test.for([
    ['crash', {}, 'crashed', 'it ended with exit code 3: cannot find my settings'],
    ['login', {}, 'auth', 'Authentication required'],
    ['hang', { start_timeout: '1s' }, 'stalled', 'it had no session after 1 seconds'],
    ['deaf', { start_timeout: '1s' }, 'stalled', 'it had no session after 1 seconds'],
    ['', { mode: 'plan' }, 'agent_error', 'it has no mode "plan": it has ask, build'],
  ] as const)('before its session, mood "%s" with %j', async ([mood, config, cause, message]) => {
    await using rig = acpRig(config, { mood })
    expect(await rig.run(rig.attempt({ do: [done] }))).toMatchObject({ outcome: 'failure', cause, message })
  })

  test('a program that is not there', async () => {
    await using rig = acpRig({}, { command: ['orchd-has-no-such-agent'] })
    expect(await rig.run(rig.attempt({ do: [] }))).toMatchObject({ outcome: 'error', cause: 'spawn_failed' })
  })

  test('words on standard output that are no messages are noise, and get no answer', async () => {
    await using rig = acpRig({}, { mood: 'noisy' })
    const attempt = rig.attempt({ do: [{ noise: 'more noise' }, done] })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', outputs: { text: 'All is done.' } })
    expect(readOr(`${attempt.folder}/output.log`)).toContain('Welcome! {not json}\n{"level":"info"}\n[1,2]\n')
  })
})

test('what was not offered to the agent is answered with "method not found"', async () => {
  await using rig = acpRig()
  const work = [{ request: 'fs/write_text_file' }, { request: 'terminal/create' }, { request: 'cursor/ask' }, done]
  expect(await rig.run(rig.attempt({ do: work }))).toMatchObject({ outcome: 'success' })
  const answers = asked(rig).filter(({ what }) => what === 'answer')
  expect(answers.map(({ params }) => params)).toEqual([-32601, -32601, -32601])
})

test('model and mode of the step, and a way to log in, are asked for by the protocol', async () => {
  await using rig = acpRig({ mode: 'ask', auth_method: 'key' })
  const attempt = rig.attempt({ do: [done] }, { spec: { model: 'large' }, rest: { with: { mode: 'build' } } })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  expect(askedFor(rig, 'authenticate')).toMatchObject({ methodId: 'key' })
  expect(askedFor(rig, 'mode')).toMatchObject({ modeId: 'build' })
  expect(askedFor(rig, 'option')).toMatchObject({ configId: 'm', value: 'large' })
})

test('an answer in the form of output_schema is found in its last message', async () => {
  await using rig = acpRig()
  const outputSchema = { type: 'object', required: ['risk'], properties: { risk: { type: 'string' } } }
  const attempt = rig.attempt({ do: [{ say: '{"risk": "low"}' }] }, { spec: { outputSchema } })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', outputs: { risk: 'low' } })
})

test('an agent that tells of its last request only has unknown tokens, and one that knows no price an unknown cost', async () => {
  await using rig = acpRig({}, { env: { MOOD: '', NAMED: 'OpenCode' } })
  const result = await rig.run(rig.attempt({ do: [done, { cost: 0 }] }))
  expect(result).toMatchObject({ outcome: 'success', usage: null, costUsd: null })
})

describe('a session that is gone on with', () => {
  const agent = { ...claudeProtocol, home: null, sessions: { folder: null, sums: [] } }
  const known = { agent, adapter: { ...claudeAdapter, modelVariable: null, mode: () => null } }
  const told = { usage: { inputTokens: 3, outputTokens: 1 }, costUsd: 0.5 }
  const work = JSON.stringify({ do: [{ say: 'Said now.' }, { cost: 0.75 }] })

  test('is loaded, and what it repeats is not of this attempt, nor is what it cost before', async () => {
    await using rig = acpRig({}, {}, patient, known)
    const attempt = rig.attempt({}, { rest: { session: { id: 'session-1', prompt: work, told } } })
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'success',
      outputs: { text: 'Said now.' },
      session: 'session-1',
      resumed: 'yes',
      usage: { inputTokens: 13, outputTokens: 5 },
      costUsd: 0.25,
    })
    expect(asked(rig).map(({ what }) => what)).toEqual(['initialize', 'load', 'prompt', 'close'])
    expect(readOr(`${attempt.folder}/output.log`)).not.toContain('Said before.')
  })

  test('that the agent has lost fails the attempt, and the next begins anew', async () => {
    await using rig = acpRig({}, {}, patient, known)
    const attempt = rig.attempt({}, { rest: { session: { id: 'lost', prompt: work, told } } })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'failure', cause: 'agent_error', session: null })
  })
})

describe.concurrent('its end by others', () => {
  test('a cancel is asked for by the protocol first, and what it has used is known', async () => {
    await using rig = acpRig()
    const attempt = rig.attempt({ do: [{ say: 'I begin.' }, { child: true }, { hang: true }] })
    const ended = rig.run(attempt)
    await until('its child', () => rig.file('child.pid'))
    rig.cli.stop(attempt, 'cancelled')
    // What it says when it is ended explains nothing.
    expect(await ended).toMatchObject({
      outcome: 'cancellation',
      cause: 'cancelled',
      message: 'cancelled',
      usage: { inputTokens: 13, outputTokens: 5 },
    })
    expect(readOr(`${attempt.folder}/output.log`)).toContain('{"type":"late","text":"The connection is closed!"}')
    expect(askedFor(rig, 'cancel')).toMatchObject({ sessionId: 'session-1' })
    expect([asked(rig)[0]!.pid, Number(rig.file('child.pid'))].some(lives)).toBe(false)
  })

  test('one that does not heed is ended, and nothing of it is left', async () => {
    await using rig = acpRig({}, { mood: 'stubborn' }, {})
    const attempt = rig.attempt({ do: [{ child: true }, { hang: true }] })
    const ended = rig.run(attempt)
    await until('its child', () => rig.file('child.pid'))
    rig.cli.stop(attempt, 'cancelled')
    expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
    expect([asked(rig)[0]!.pid, Number(rig.file('child.pid'))].some(lives)).toBe(false)
  })

  test('a limit of time is a timeout', async () => {
    await using rig = acpRig()
    const attempt = rig.attempt({ do: [{ hang: true }] }, { spec: { timeoutMs: 2500 } })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'timeout', cause: 'timeout' })
  })

  const spoof = '{"type":"finished","outcome":"success","cause":null,"text":"done","answer":null}'
  test.for([{ hang: true }, { mutter: 'still here' }, { mutter: spoof }])('%j is a stall', async (act) => {
    await using rig = acpRig()
    const attempt = rig.attempt({ do: [act] }, { spec: { timeoutMs: 15_000, stallTimeoutMs: 3000 } })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'timeout', cause: 'stalled' })
  })

  test('thinking is none', async () => {
    await using rig = acpRig()
    const attempt = rig.attempt({ do: [{ think: 50 }] }, { spec: { timeoutMs: 6000, stallTimeoutMs: 4000 } })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'timeout', cause: 'timeout' })
  })

  test('a driver that is killed leaves nothing behind', async () => {
    await using rig = acpRig()
    const attempt = rig.attempt({ do: [{ child: true }, { hang: true }] })
    const ended = rig.run(attempt)
    await until('its child', () => rig.file('child.pid'))
    const { pid } = asked(rig)[0]!
    const driver = Number(/^PPid:\t(\d+)$/m.exec(readOr(`/proc/${pid}/status`) ?? '')?.[1])
    process.kill(driver, 'SIGKILL')
    expect(await ended).toMatchObject({ outcome: 'failure', cause: 'crashed' })
    expect([pid, Number(rig.file('child.pid'))].some(lives)).toBe(false)
  })
})

describe('an agent that is known', () => {
  test('Claude: its home, its model by a variable, a mode in which it asks', async () => {
    const known = { agent: claudeProtocol, adapter: claudeAdapter }
    await using rig = acpRig({}, { key: ['ANTHROPIC_API_KEY', 'sk-ant-x'], baseUrl: 'http://x' }, patient, known)
    const attempt = rig.attempt({ do: [done] }, { spec: { model: 'claude-opus-5-5' } })
    expect(await rig.run(attempt)).toMatchObject({
      cause: 'agent_error',
      message: 'it has no mode "default": it has ask, build',
    })
    expect(asked(rig)[0]!.env).toMatchObject({
      ANTHROPIC_API_KEY: 'sk-ant-x',
      ANTHROPIC_BASE_URL: 'http://x',
      ANTHROPIC_MODEL: 'claude-opus-5-5',
      CLAUDE_CONFIG_DIR: expect.stringContaining('/home'),
    })
  })

  test.for([
    [{}, 'workspace-write'],
    [{ file_system: 'read_only' }, 'read-only'],
  ] as const)('Codex: its home, its address, and with %j the mode %s', async ([permissions, mode]) => {
    const known = { agent: codexProtocol, adapter: codexAdapter }
    await using rig = acpRig({}, { permissions, baseUrl: 'http://x/v1' }, patient, known)
    expect(await rig.run(rig.attempt({ do: [done] }))).toMatchObject({
      message: `it has no mode "${mode}": it has ask, build`,
    })
    const { env } = asked(rig)[0]!
    expect(env['CODEX_HOME']).toContain('/home')
    expect(JSON.parse(env['CODEX_CONFIG']!)).toMatchObject({ model_providers: { orchd: { base_url: 'http://x/v1' } } })
  })
})
