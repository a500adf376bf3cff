import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { claudeProtocol } from '../../src/agents/claude/protocol.ts'
import type { Protocol } from '../../src/agents/cli/agent.ts'
import { codexProtocol } from '../../src/agents/codex/protocol.ts'
import { customProtocol } from '../../src/agents/custom/protocol.ts'
import type { Session } from '../../src/ports/agent.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { cliRig, type CliRig } from './cli-rig.ts'

const claudeSession = '11111111-1111-4111-8111-111111111111'
const codexSession = '01a217d7-8a3d-7033-91a5-6bb05e8acf2a'

const agents = [
  {
    name: 'claude',
    protocol: claudeProtocol,
    id: claudeSession,
    keeps: `projects/-p/${claudeSession}.jsonl`,
    resume: `--resume ${claudeSession}`,
    first: { usage: { inputTokens: 1234, outputTokens: 56 }, costUsd: 0.006256 },
    second: {
      usage: { inputTokens: 1234, outputTokens: 56, cacheReadTokens: 4, cacheWriteTokens: 30 },
      costUsd: 0.006256,
    },
  },
  {
    name: 'codex',
    protocol: codexProtocol,
    id: codexSession,
    keeps: `sessions/2026/11/26/rollout-2026-11-26T14-58-20-${codexSession}.jsonl`,
    resume: `-c sandbox_mode="workspace-write"`,
    first: { usage: { inputTokens: 3702, outputTokens: 63 }, costUsd: 0.008034 },
    second: {
      usage: { inputTokens: 1234, outputTokens: 36, cacheReadTokens: 100, reasoningTokens: 7 },
      costUsd: 0.002828,
    },
  },
] as const

const price = { input_per_million: 2, output_per_million: 10 }

/** The attempt behind one that ended so. */
function next(rig: CliRig, script: object, { session, usage, costUsd }: AttemptResult, attempt = 2) {
  const goesOn: Session = { id: session ?? '', prompt: `Go on: ${JSON.stringify(script)}`, told: { usage, costUsd } }
  return rig.attempt(script, { attempt, rest: { session: goesOn } })
}

describe.each(agents)('$name goes on in its session', ({ name, protocol, id, keeps, resume, first, second }) => {
  test('with what it is told then, and tells of itself only what it used itself', async () => {
    await using rig = cliRig({ protocol, agent: { price } })
    const began = await rig.run(rig.attempt({ replay: `${name}/edit`, keeps }))
    expect(began).toMatchObject({ ...first, session: id })
    expect(began.resumed).toBeUndefined()
    const attempt = next(rig, { replay: `${name}/resumed` }, began)
    const result = await rig.run(attempt)
    expect(result).toMatchObject({ outcome: 'success', message: null, ...second, session: id, resumed: 'yes' })
    const { args, stdin } = rig.started()
    expect(args.join(' ')).toContain(resume)
    expect(args).toContain(id)
    expect(stdin).toMatch(/^Go on: /)
    expect(existsSync(attempt.home)).toBe(true)
  })

  test('or begins anew when it is gone, with its own prompt, and says so', async () => {
    await using rig = cliRig({ protocol, agent: { price } })
    const began = await rig.run(rig.attempt({ replay: `${name}/edit` }))
    const result = await rig.run(next(rig, { replay: `${name}/edit` }, began))
    expect(result).toMatchObject({
      outcome: 'success',
      ...first,
      resumed: 'afresh',
      message: 'its earlier session was gone, so it began anew',
    })
    expect(rig.started().args).not.toContain(id)
    expect(rig.started().stdin).toMatch(/^\{/)
  })
})

test.for([
  ['claude', claudeProtocol, 'claude/no-such-session', agents[0].keeps, /No conversation found with session ID/],
  ['codex', codexProtocol, undefined, agents[1].keeps, /no rollout found for thread id/],
] as const)('%s that does not know the session itself fails, and the next attempt begins anew', async (given) => {
  const [, protocol, replay, keeps, message] = given
  await using rig = cliRig({ protocol })
  const began = await rig.run(rig.attempt({ replay: keeps.startsWith('p') ? 'claude/edit' : 'codex/edit', keeps }))
  const error = 'Error: thread/resume: thread/resume failed: no rollout found for thread id 01a2 (code -32600)'
  const script = { exit: 1, ...(replay === undefined ? { before: [error] } : { replay }) }
  const result = await rig.run(next(rig, script, began))
  expect(result).toMatchObject({ outcome: 'failure', resumed: 'yes', session: null })
  expect(result.message).toMatch(message)
})

test('an agent of the user’s own goes on when its command line has a place for the session', async () => {
  const fields = { session: 'thread_id', input_tokens: 'usage.input_tokens', output_tokens: 'usage.output_tokens' }
  const args = [['--session', '{session}'], '{prompt}']
  const made = customProtocol({
    args,
    output: 'stream-json',
    fields,
    end: { type: 'turn.completed' },
    session_sums: ['usage'],
  })
  if (!made.ok) throw new Error(made.error)
  const protocol: Protocol = { ...made.value, programs: ['own'] }
  await using rig = cliRig({ protocol })
  const began = await rig.run(rig.attempt({ replay: 'codex/edit' }))
  expect(began).toMatchObject({ session: codexSession, usage: { inputTokens: 3702 } })
  expect(rig.started().args).not.toContain('--session')
  const result = await rig.run(next(rig, { replay: 'codex/resumed' }, began))
  expect(result).toMatchObject({ resumed: 'yes', usage: { inputTokens: 1234, outputTokens: 36 } })
  expect(rig.started().args.slice(0, 2)).toEqual(['--session', codexSession])
})
