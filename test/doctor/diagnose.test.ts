import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diagnose } from '../../src/surfaces/doctor/diagnose.ts'
import type { Facts } from '../../src/surfaces/doctor/facts.ts'
import { report } from '../../src/surfaces/doctor/doctor.ts'
import { folderWith, healthy } from './facts.ts'

const notOk = (change: Partial<Facts>): string[] =>
  diagnose({ ...healthy, ...change }).flatMap(({ level, subject }) => (level === 'ok' ? [] : [`${level} ${subject}`]))

test('on a healthy machine nothing is wrong and the exit code is 0', () => {
  expect(notOk({})).toEqual([])
  expect(report(healthy, diagnose(healthy))).toMatchObject({ exitCode: 0, json: { ok: true } })
})

test.each<[string, Partial<Facts>, string]>([
  ['an old Node.js', { node: '24.11.1' }, 'fail node'],
  ['another system', { platform: 'win32' }, 'fail system'],
  ['macOS', { platform: 'darwin' }, 'warn system'],
  ['no perl, beside the compiled launcher', { perl: null }, 'warn perl'],
  ['the launcher in Perl', { compiledLauncher: null, launcherRuns: null }, 'warn launcher'],
  ['a launcher for another machine', { launcherRuns: false }, 'fail launcher'],
  ['no bash', { bash: null }, 'warn shell'],
  ['no shell at all', { bash: null, sh: null }, 'fail shell'],
  ['no git', { git: null }, 'warn git'],
  ['an old git', { git: 'git version 2.37.9.windows.1' }, 'warn git'],
  ['no sandbox', { sandbox: { works: false, why: 'bwrap is not found', help: 'install bubblewrap' } }, 'warn sandbox'],
  ['few open files', { openFiles: 1024 }, 'warn open files'],
  ['a state folder of somebody else', { stateProbe: folderWith({ isOurs: false }) }, 'fail state'],
  ['a file as the state folder', { stateProbe: folderWith({ isFolder: false }) }, 'fail state'],
  ['a state folder that cannot be written', { stateProbe: folderWith({ isWritable: false }) }, 'fail state'],
  [
    'a state folder that cannot be made',
    { stateProbe: folderWith({ isThere: false, isWritable: false }) },
    'fail state',
  ],
  ['an open state folder', { stateProbe: folderWith({ mode: 0o755 }) }, 'warn state'],
  ['a holder of another version', { holder: { kind: 'daemon', pid: 1, version: '9.9.9' } }, 'warn holder'],
  ['little space', { stateProbe: folderWith({ freeBytes: 100e6 }) }, 'fail disk'],
  ['an inbox for everyone', { inboxProbe: folderWith({ mode: 0o777 }) }, 'fail inbox'],
  [
    'a collector that does not answer',
    { tracesUrl: 'http://u:secret@c:4318/v1/traces', collectorListens: false },
    'warn traces',
  ],
])('%s is told, with what to do', (_, change, expected) => {
  expect(notOk(change)).toEqual([expected])
  const [found] = diagnose({ ...healthy, ...change }).filter(({ level }) => level !== 'ok')
  expect(found?.help).toMatch(/\w/)
  expect(JSON.stringify(found)).not.toContain('secret')
})

test('without a launcher that runs there must be a perl', () => {
  const none = { perl: null, compiledLauncher: null, launcherRuns: null }
  expect(notOk(none)).toEqual(['fail perl', 'warn launcher'])
})

test.each<[string, Partial<Facts>]>([
  ['a state folder that is still to be made', { stateProbe: folderWith({ isThere: false, mode: 0 }) }],
  ['a daemon of this version', { holder: { kind: 'daemon', pid: 1, version: '0.1.0' } }],
  ['an inbox that is still to be made', { inboxProbe: folderWith({ isThere: false, mode: 0 }) }],
  ['limits and space that are not known', { openFiles: null, stateProbe: folderWith({ freeBytes: null }) }],
  ['a collector that answers', { tracesUrl: 'http://c:4318/v1/traces', collectorListens: true }],
])('%s is fine', (_, change) => {
  expect(notOk(change)).toEqual([])
})

test('agents are shown with what hinders them, and a missing variable is only a warning', () => {
  const agent = { type: 'api', status: 'active', blocker: null, missing: [], problem: null }
  const agents = [
    { ...agent, name: 'a', missing: ['KEY_A', 'KEY_B'] },
    { ...agent, name: 'b', status: 'blocked', blocker: 'CI=1 hanging bug' },
    { ...agent, name: 'c', status: 'experimental' },
    { ...agent, name: 'd', problem: { message: '"d" is not installed', help: 'get it with x' } },
  ]
  const checks = diagnose({ ...healthy, agents }).filter(({ subject }) => subject.startsWith('agent'))
  expect(checks.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn api, active; not set: KEY_A, KEY_B',
    'warn api, blocked: CI=1 hanging bug',
    'ok api, experimental',
    'warn api, active; "d" is not installed',
  ])
})

test('mistakes of the configuration fail the check-up with their places', () => {
  const place = { line: 2, column: 3, endLine: 2, endColumn: 4 }
  const facts: Facts = {
    ...healthy,
    diagnostics: [
      {
        code: 'KEY_UNKNOWN',
        severity: 'error',
        message: 'unknown key "x"',
        file: 'orchestrator_config.yaml',
        ...place,
      },
      { code: 'AGENT_UNKNOWN', severity: 'warning', message: 'not known', file: 'orchestrator_config.yaml', ...place },
    ],
  }
  const { exitCode, text, json } = report(facts, diagnose(facts))
  expect(exitCode).toBe(1)
  expect(text).toContain('fail  configuration  orchestrator_config.yaml:2:3  KEY_UNKNOWN  unknown key "x"')
  expect(text).toContain('1 failure, 1 warning')
  expect(json).toMatchObject({ ok: false })
})

test('the report shows settings with their origin and secrets only as set or not', () => {
  const { text, json } = report(healthy, diagnose(healthy))
  expect(text).toMatch(/^ {2}port +8000 +default$/m)
  expect(text).toMatch(/^ {2}OPENAI_API_KEY +set$/m)
  expect(json['secrets']).toEqual([{ name: 'OPENAI_API_KEY', set: true }])
})

test('the report says what holds each word of permissions, and that nothing does without a sandbox', () => {
  const { text, json } = report(healthy, diagnose(healthy))
  expect(text).toMatch(/^ {2}network: restricted +kernel and proxy /m)
  expect(text).toMatch(/^ {2}shell_commands: approved_only +good will /m)
  expect(json['permissions']).toContainEqual(expect.objectContaining({ word: 'network: none', held_by: 'kernel' }))
  const without: Facts = { ...healthy, sandbox: { works: false, why: 'none', help: 'install bubblewrap' } }
  const told = report(without, diagnose(without))
  expect(told.text).not.toContain('network: restricted')
  expect(told.json['permissions']).toContainEqual(expect.objectContaining({ held_by: 'nothing' }))
})

test('docs/security.md has every word with what holds it', () => {
  const page = readFileSync('docs/security.md', 'utf8')
  const { json } = report(healthy, diagnose(healthy))
  const rows = Array.isArray(json['permissions']) ? json['permissions'] : []
  expect(rows.length).toBeGreaterThan(9)
  const lines = page.split('\n').filter((line) => line.startsWith('| `'))
  for (const row of rows) {
    const { word, held_by: heldBy } = Object(row)
    const value = String(word).split(': ')[1]
    expect(
      lines.find(
        (line) =>
          line.includes(String(word)) ||
          (line.includes(String(word).split(':')[0] ?? '') && line.includes(`\`${value}\``)),
      ),
    ).toContain(` ${heldBy} `)
  }
})
