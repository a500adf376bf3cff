import { describe, expect, test } from 'vitest'
import { until } from '../../agents/rig.ts'
import { attempt, log, made, run, times } from './openai-rig.ts'
import { message, type Reply, shellCall } from './responses-server.ts'

describe('what its service does', () => {
  test('is waited for as long as it asks for, or tried again, and each token counts', async () => {
    await using all = await made([
      { status: 429, headers: { 'retry-after': '1' } },
      { output: [shellCall(['true'])] },
      { broken: 'connection' },
      { failed: { code: 'server_error', message: 'it failed' } },
      { output: [message('Done.')] },
    ])
    const from = performance.now()
    expect(await run(all)).toMatchObject({ outcome: 'success', usage: times(3) })
    expect(performance.now() - from).toBeGreaterThan(1000)
    expect(log(all).match(/"type":"retry"[^\n]*/g)).toEqual([
      expect.stringContaining('again in 1 s (try 2 of 3)'),
      expect.stringContaining('the connection to the service broke'),
      expect.stringContaining('server_error: it failed'),
    ])
  })

  test.concurrent.each<readonly [string, Reply, string, string, number]>([
    ['401', { status: 401, error: { message: 'Incorrect API key provided' } }, 'auth', 'Incorrect API key', 1],
    [
      'a limit of the account',
      { status: 429, error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } },
      'usage_limit',
      'quota',
      1,
    ],
    ['429 for an hour', { status: 429, headers: { 'retry-after': '3600' } }, 'rate_limited', '429', 1],
    ['429', { status: 429, headers: { 'retry-after-ms': '1' } }, 'rate_limited', '429', 2],
    ['500', { status: 500 }, 'transient', '500', 2],
    ['503', { status: 503 }, 'overloaded', '503', 2],
    ['400', { status: 400, error: { message: 'no such model' } }, 'agent_error', 'no such model', 1],
    [
      'a response that failed',
      { failed: { code: 'invalid_prompt', message: 'not that' } },
      'agent_error',
      'invalid_prompt: not that',
      1,
    ],
    [
      'a rate that is told in the stream',
      { failed: { code: 'rate_limit_exceeded', message: 'slow down' } },
      'rate_limited',
      'slow down',
      2,
    ],
    ['a stream that ends too early', { broken: 'stream' }, 'transient', 'the stream ended before the response did', 2],
    ['silence in the stream', { silent: 'in the stream' }, 'transient', 'the service said nothing for 0.4 s', 2],
    ['silence at once', { silent: 'at once' }, 'transient', 'the service said nothing for 0.4 s', 2],
    [
      'half an answer',
      { output: [message('I')], incomplete: 'max_output_tokens' },
      'agent_error',
      'not whole: max_output_tokens',
      1,
    ],
    [
      'a refusal',
      { output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'I will not' }] }] },
      'agent_error',
      'its model refused: I will not',
      1,
    ],
  ])('is the cause of a failure: %s', async (_, reply, cause, text, requests) => {
    await using all = await made([reply, reply], {
      config: { idle_timeout: 'silent' in reply ? 0.4 : 60, max_retries: 1 },
    })
    const result = await run(all)
    expect(result).toMatchObject({ outcome: 'failure', cause, message: expect.stringContaining(text) })
    expect(all.server.requests.length).toBe(requests)
    // What nobody tells is unknown, never 0.
    expect(result.usage).toEqual('output' in reply || 'failed' in reply ? times(requests) : null)
  })

  test('may want no tokens told, and no more turns than are allowed', async () => {
    const again = { output: [shellCall(['true'])] }
    await using all = await made([again, again, again])
    all.server.usage = null
    const result = await run(all, { rest: { with: { max_turns: 2 } } })
    expect(result).toMatchObject({
      cause: 'agent_error',
      message: expect.stringContaining('after 2 turns'),
      usage: null,
    })
  })

  test('is dropped by a cancel at once, also in the middle of its stream', async () => {
    await using all = await made([{ silent: 'in the stream' }])
    const one = attempt(all)
    const ended = all.rig.run(one)
    await until('it asks', () => all.server.requests.length)
    all.rig.cli.stop(one, 'cancelled')
    expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
  })
})
