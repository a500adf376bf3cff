import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { CliAgent } from '../../src/agents/cli/agent.ts'
import { mcpProtocol } from '../../src/agents/mcp/protocol.ts'
import { eventsOf } from '../../src/agents/mcp/result.ts'
import { filledIn, optionsIn } from '../../src/agents/mcp/template.ts'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { cliRig, type CliRig } from '../agents/cli-rig.ts'
import { lives, until } from '../agents/rig.ts'

function mcpRig(
  config: JsonObject,
  { mood = '', ...agent }: Partial<CliAgent> & { readonly mood?: string } = {},
): CliRig {
  const protocol = mcpProtocol(config, [], null)
  if (!protocol.ok) throw new Error(protocol.error)
  const command = [process.execPath, resolve('test/fixtures/bin/stand-in-mcp.ts')]
  const named = { command, env: { MOOD: mood }, ...agent }
  return cliRig({ protocol: protocol.value, agent: named, graceMs: 20_000, lingerMs: 20_000 })
}

const asked = (rig: CliRig): readonly { what: string; params: Json; pid: number }[] =>
  (rig.file('asked.jsonl') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const ask = { rest: { prompt: 'Do it.' } }

test('a tool is called with the prompt, and what it says is the output', async () => {
  await using rig = mcpRig({ tool: 'say' })
  const attempt = rig.attempt({}, ask)
  expect(await rig.run(attempt)).toMatchObject({
    outcome: 'success',
    outputs: { text: 'Do it.' },
    usage: null,
    costUsd: null,
  })
  expect(asked(rig)[0]!.params).toMatchObject({ name: 'say', arguments: { prompt: 'Do it.' } })
  expect(lives(asked(rig)[0]!.pid)).toBe(false)
})

test('arguments are values, and structured content is outputs', async () => {
  await using rig = mcpRig({ tool: 'sum', arguments: { numbers: '{with.numbers}', note: 'of {with.who}' } })
  const attempt = rig.attempt({}, { rest: { prompt: '-', with: { numbers: [1, 2, 39], who: 'me' } } })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', outputs: { text: 'added', sum: 42, count: 3 } })
  expect(asked(rig)[0]!.params).toMatchObject({ arguments: { numbers: [1, 2, 39], note: 'of me' } })
  const wrong = rig.attempt({}, { step: 'two', rest: { prompt: '-', with: { number: [1] } } })
  expect(await rig.run(wrong)).toMatchObject({ cause: 'spawn_failed', message: expect.stringContaining('"number"') })
})

test('structured content is checked against output_schema', async () => {
  await using rig = mcpRig({ tool: 'sum', arguments: { numbers: [1, 2] } })
  const outputSchema = { type: 'object', required: ['sum'], properties: { sum: { type: 'string' } } }
  expect(await rig.run(rig.attempt({}, { ...ask, spec: { outputSchema } }))).toMatchObject({ cause: 'output_invalid' })
})

test('the folder of the step is the root that the server is told of', async () => {
  await using rig = mcpRig({ tool: 'roots' })
  expect(await rig.run(rig.attempt({}, ask))).toMatchObject({
    outputs: { roots: [{ uri: pathToFileURL(rig.folder).href }] },
  })
})

describe('what goes wrong', () => {
  test.for([
    [{ tool: 'fail' }, '', 'agent_error', /^Do it.$/],
    [{ tool: 'fail', arguments: { prompt: 'API Error (HTTP 401 Unauthorized)' } }, '', 'auth', /HTTP 401/],
    [{ tool: 'none' }, '', 'agent_error', /the server has no tool "none": it has say, sum, fail/],
    [{ tool: 'exit' }, '', 'crashed', /^it ended with exit code 7: out of cheese$/],
    [{ tool: 'say' }, 'crash', 'crashed', /^it ended with exit code 3: cannot find my settings$/],
    [{ tool: 'say', start_timeout: '1s' }, 'hang', 'stalled', /^it told no tools after 1 seconds$/],
    [{ tool: 'slow', timeout: '1s' }, '', 'stalled', /Request timed out/],
  ] as const)('%j in mood "%s" is %s', async ([config, mood, cause, message]) => {
    await using rig = mcpRig(config, { mood })
    const told = expect.stringMatching(message)
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({ outcome: 'failure', cause, message: told })
  })

  test.for([
    [{}, /tool must be/],
    [{ tool: 'x', arguments: [] }, /arguments must be/],
    [{ tool: 'x', timeout: 'soon' }, /timeout must be a duration/],
    [{ tool: 'x', start_timeout: 0 }, /start_timeout must be a duration/],
  ] as const)('%j is refused in words', ([config, error]) => {
    expect(mcpProtocol(config, [], null)).toMatchObject({ ok: false, error: expect.stringMatching(error) })
  })
})

describe.concurrent('its end by others', () => {
  test('a cancel aborts the call by the protocol, and nothing is left', async () => {
    await using rig = mcpRig({ tool: 'slow' })
    const attempt = rig.attempt({}, ask)
    const ended = rig.run(attempt)
    await until('the call', () => asked(rig).some(({ what }) => what === 'progress'))
    rig.cli.stop(attempt, 'cancelled')
    expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
    expect(asked(rig).some(({ what }) => what === 'aborted')).toBe(true)
    expect(lives(asked(rig)[0]!.pid)).toBe(false)
  })

  test('progress is a sign of life', async () => {
    await using rig = mcpRig({ tool: 'slow' }, { mood: 'stubborn' })
    const attempt = rig.attempt({}, { ...ask, spec: { timeoutMs: 6000, stallTimeoutMs: 4000 } })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'timeout', cause: 'timeout' })
    expect(lives(asked(rig)[0]!.pid)).toBe(false)
  })
})

describe('the Agent tool of claude mcp serve', () => {
  const refused = '"claude mcp serve" refuses every edit of its agents, and reports it as done'

  test('that says it has written lines was refused to', async () => {
    await using rig = mcpRig({ tool: 'Agent', arguments: { toolStats: { linesAdded: 1 }, usage: { input_tokens: 5 } } })
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({
      outcome: 'failure',
      cause: 'permission_denied',
      message: `it was not allowed to use Edit: ${refused}`,
      usage: null,
    })
  })

  test('that has read is a success with its message', async () => {
    await using rig = mcpRig({ tool: 'Agent', arguments: { toolStats: { linesAdded: 0 } } })
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({ outcome: 'success', outputs: { text: 'Agent done.' } })
  })

  test('is only for steps that read', () => {
    const server = ['/opt/bin/claude', 'mcp', 'serve']
    const protocol = mcpProtocol({ tool: 'Agent' }, server, null)
    if (!protocol.ok) throw new Error(protocol.error)
    expect(protocol.value.refuses?.({})).toContain('cannot edit files')
    expect(protocol.value.refuses?.({ file_system: 'read_only' })).toBeNull()
    const other = mcpProtocol({ tool: 'Read' }, server, null)
    expect(other.ok && other.value.refuses?.({})).toBeNull()
  })

  test('that lists its tools says its message behind them', () => {
    const said = '<tools-used-before-summary>Bash</tools-used-before-summary>\n\nDone.'
    const text = JSON.stringify({ status: 'completed', agentId: 'a', content: [{ type: 'text', text: said }] })
    expect(eventsOf({ content: [{ type: 'text', text }] })).toMatchObject([{ text: 'Done.' }, { text: 'Done.' }])
  })

  test('whose report is of another end is a failure', () => {
    const text = JSON.stringify({ status: 'async_launched', agentId: 'a', content: [] })
    expect(eventsOf({ content: [{ type: 'text', text }] })).toMatchObject([
      { type: 'finished', outcome: 'failure', text: 'it ended as "async_launched": ' },
    ])
  })
})

test('a template is filled in once; what has no value is left out', () => {
  const template = {
    a: '{prompt}',
    b: ['{with.list}', 'x{model}'],
    c: { d: '{model}', e: 3 },
    f: '{prompt} in {folder}',
  }
  expect(optionsIn(template)).toEqual(['list'])
  const values = { prompt: 'Say {model}.', model: null, folder: '/w', 'with.list': [1] }
  expect(filledIn(template, values)).toEqual({ a: 'Say {model}.', b: [[1], 'x'], c: { e: 3 }, f: 'Say {model}. in /w' })
})
