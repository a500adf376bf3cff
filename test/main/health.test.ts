import { createServer, type RequestListener } from 'node:http'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import {
  createHealthChecks,
  nextInMs,
  type Health,
  type HealthChecks,
  type HealthOptions,
} from '../../src/main/health.ts'
import type { HealthCheck } from '../../src/config/config.ts'
import { until } from '../../demo/support/orchd.ts'
import { lives } from '../agents/rig.ts'
import { temporaryFolder } from '../config/project.ts'

type Check = Partial<HealthCheck>

/** Everything that is said of agent `a`, until `enough` says so. */
function said(check: Check, enough: (all: Health[]) => boolean, more: Partial<HealthOptions> = {}): Promise<Health[]> {
  const all: Health[] = []
  return new Promise((resolve) => {
    const checks = checksOf(check, {
      changed: () => {
        all.push(checks.of('a'))
        if (enough(all)) resolve(all)
      },
      ...more,
    })
    checks.start()
    expect(checks.of('other')).toEqual({ degraded: null, down: null })
  })
}

/** Of one agent, `a`. */
function checksOf(check: Check, more: Partial<HealthOptions> = {}): HealthChecks {
  const checks = createHealthChecks({
    checks: new Map([['a', { endpoint: null, command: null, intervalMs: 10, timeoutMs: 10_000, ...check }]]),
    env: {},
    baseEnv: { PATH: process.env['PATH'] ?? '' },
    isNeeded: () => true,
    changed: () => {},
    now: () => 1000,
    ...more,
  })
  onTestFinished(() => checks.close())
  return checks
}

/** A server of this test that answers so. */
async function serverThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

test('an endpoint that fails once is degraded, three times in a row down, and well again when it answers', async () => {
  let asked = 0
  const endpoint = await serverThat((_, response) => response.writeHead(++asked <= 4 ? 503 : 200).end())
  const why = 'its health check answered 503'
  expect(await said({ endpoint }, (all) => all.length === 3)).toEqual([
    { degraded: why, down: null },
    { degraded: null, down: why },
    { degraded: null, down: null },
  ])
})

test('an endpoint where nobody listens is told with the reason', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = closed.address()
  const port = typeof address === 'object' ? address?.port : null
  closed.close()
  await once(closed, 'close')
  const [first] = await said({ endpoint: `http://127.0.0.1:${port}/health` }, (all) => all.length === 1)
  expect(first?.degraded).toBe('its health check cannot be reached (ECONNREFUSED)')
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
  const [first] = await said({ command: 'false' }, () => true, { isNeeded: () => ++looks > 3 })
  expect(first?.degraded).toBe('its health check ended with 1')
  expect(looks).toBe(4)
})

test('what is known of an agent: nothing before it was asked, then since when it is so, and when it is asked again', async () => {
  let now = 1000
  const checks = checksOf({ command: 'false', intervalMs: 60_000 }, { now: () => now })
  expect(checks.stateOf('a')).toBeNull()
  const states = []
  for (now of [2000, 3000, 4000, 5000]) {
    await checks.ask('a')
    const { status, since, askedAt, nextAt } = checks.stateOf('a') ?? {}
    states.push([status, since, askedAt, nextAt])
  }
  expect(states).toEqual([
    ['degraded', 2000, 2000, null],
    ['degraded', 2000, 3000, null],
    ['down', 4000, 4000, null],
    ['down', 4000, 5000, null],
  ])
  await checks.ask('nobody')
  expect(checks.stateOf('nobody')).toBeNull()
})

test('an address has its variables replaced, and without one of them the agent is not well', async () => {
  const seen: unknown[] = []
  const endpoint = await serverThat((request, response) => {
    seen.push(request.url)
    response.end()
  })
  const checks = checksOf({ endpoint: `${endpoint}\${PLACE}` }, { env: { PLACE: 'here' } })
  await checks.ask('a')
  expect([checks.stateOf('a')?.status, seen]).toEqual(['healthy', ['/here']])
  const without = checksOf({ endpoint: `${endpoint}\${PLACE}` })
  await without.ask('a')
  expect(without.stateOf('a')?.why).toBe('the address of its health check names PLACE, which is not set')
})

test('a command works in a folder of nobody, with nothing to read and what an agent gets of the environment', async () => {
  const folder = temporaryFolder()
  const out = join(folder, 'out')
  const script = join(folder, 'check.sh')
  writeFileSync(script, `#!/bin/sh\ncat\n{ pwd; env; } > ${out}\n`, { mode: 0o755 })
  const baseEnv = { PATH: process.env['PATH'] ?? '', LANG: 'C', EDITOR: 'vi' }
  await checksOf({ command: script }, { baseEnv }).ask('a')
  const lines = readFileSync(out, 'utf8').split('\n')
  expect(lines[0]).toBe('/')
  expect(lines).toContain('LANG=C')
  expect(lines).not.toContain('EDITOR=vi')
})

test('a command that is late is ended with what it started', async () => {
  const folder = temporaryFolder()
  const script = join(folder, 'check.sh')
  writeFileSync(script, `#!/bin/sh\nsleep 600 &\necho $! > ${folder}/pid\nwait\n`, { mode: 0o755 })
  const checks = checksOf({ command: script, timeoutMs: 2000 })
  await checks.ask('a')
  expect(checks.stateOf('a')?.why).toBe('no answer to its health check within 2.0s')
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  await until('its child is gone', () => !lives(pid))
})

test('who is down is asked ever more rarely, at least every ten minutes', () => {
  expect([0, 2, 3, 4, 9].map((failures) => nextInMs(60_000, failures))).toEqual([
    60_000, 60_000, 120_000, 240_000, 600_000,
  ])
  expect(nextInMs(3_600_000, 9)).toBe(3_600_000)
})
