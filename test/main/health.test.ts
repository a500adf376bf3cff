import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { nextInMs, startHealthChecks, type Health, type HealthOptions } from '../../src/main/health.ts'

type Check = Partial<{ endpoint: string; command: string; timeoutMs: number }>

/** Everything that is said of agent `a`, until `enough` says so. */
function said(check: Check, enough: (all: Health[]) => boolean, isNeeded = (): boolean => true): Promise<Health[]> {
  const all: Health[] = []
  return new Promise((resolve) => {
    const options: HealthOptions = {
      checks: new Map([['a', { endpoint: null, command: null, intervalMs: 10, timeoutMs: 10_000, ...check }]]),
      env: { PATH: process.env['PATH'] ?? '' },
      isNeeded,
      changed: () => {
        all.push(checks.of('a'))
        if (enough(all)) resolve(all)
      },
    }
    const checks = startHealthChecks(options)
    expect(checks.of('other')).toEqual({ degraded: null, down: null })
    onTestFinished(() => checks.close())
  })
}

test('an endpoint that fails once is degraded, three times in a row down, and well again when it answers', async () => {
  let asked = 0
  const server = createServer((_, response) => response.writeHead(++asked <= 4 ? 503 : 200).end()).listen(
    0,
    '127.0.0.1',
  )
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const why = 'its health check answered 503'
  expect(await said({ endpoint }, (all) => all.length === 3)).toEqual([
    { degraded: why, down: null },
    { degraded: null, down: why },
    { degraded: null, down: null },
  ])
})

test.each([
  ['false', 10_000, 'its health check ended with 1'],
  ['no-such-program-of-ours --version', 10_000, 'its health check cannot be run'],
  ['sleep 60', 20, 'no answer to its health check within 20ms'],
  ['test a = $(printf a)', 10_000, 'its health check ended with 2'],
])('a command is no shell and fails in words: %s', async (command, timeoutMs, why) => {
  const [, last] = await said({ command, timeoutMs }, (all) => all.length === 2)
  expect(last).toEqual({ degraded: null, down: why })
})

test('nobody is asked before a run needs an agent', async () => {
  let looks = 0
  const [first] = await said(
    { command: 'false' },
    () => true,
    () => ++looks > 3,
  )
  expect(first?.degraded).toBe('its health check ended with 1')
  expect(looks).toBe(4)
})

test('who is down is asked ever more rarely, at least every ten minutes', () => {
  expect([0, 2, 3, 4, 9].map((failures) => nextInMs(60_000, failures))).toEqual([
    60_000, 60_000, 120_000, 240_000, 600_000,
  ])
  expect(nextInMs(3_600_000, 9)).toBe(3_600_000)
})
