import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../demo/support/orchd.ts'
import { agentReports } from '../../src/main/agent-reports.ts'
import { createVersions } from '../../src/main/agent-version.ts'
import { createHealthChecks, healthChecksOf } from '../../src/main/health.ts'
import { rosterAgents } from '../../src/main/roster.ts'
import type { AgentReport } from '../../src/ports/agents.ts'
import { AgentSlots } from '../../src/run/agent-slots.ts'
import type { Roster } from '../../src/run/roster.ts'
import { lives } from '../agents/rig.ts'
import { key, project } from './agents-project.ts'

type Given = {
  /** Scripts of `sh`, by the program's name. */
  readonly programs?: { readonly [name: string]: string }
  readonly settings?: string
  readonly env?: Record<string, string>
  readonly standings?: Roster['standings']
  readonly running?: readonly string[]
}

const isNeeded = (): boolean => false

/** The agents of a project with these programs, by name. */
async function reports(given: Given, check = false, only: readonly string[] | null = null) {
  const { programs = {}, settings, env = {}, standings = new Map(), running = [] } = given
  const made = project(Object.keys(programs), settings)
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(made.folder, 'bin', name), `#!/bin/sh\n${script}\n`)
  const { config } = made
  const all = made.environment(env)
  const baseEnv = { PATH: `${all.PATH}:${process.env['PATH']}`, HOME: made.folder }
  const roster: Roster = {
    agents: rosterAgents({ config, env: all, seesKeys: true }),
    credentialCaps: config.credentialCaps,
    standings,
  }
  const agents = new AgentSlots(roster, [])
  for (const name of running) agents.take(name)
  const health = createHealthChecks({
    checks: healthChecksOf(config),
    env: all,
    baseEnv,
    isNeeded,
    changed: () => {},
    now: () => 0,
  })
  onTestFinished(() => health.close())
  const source = {
    config,
    env: all,
    health,
    versions: createVersions(baseEnv, 2000),
    standing: () => ({ roster, agents }),
  }
  const found = await agentReports(source, { only, check }, new AbortController().signal)
  return { found, folder: made.folder, named: (name: string) => found.find((agent) => agent.name === name) }
}

const checked = (agent: AgentReport | undefined) =>
  Object.fromEntries((agent?.checks ?? []).map(({ what, result, message }) => [what, [result, message]]))

const schema = JSON.parse(readFileSync('schemas/agents.schema.json', 'utf8'), (_, value: unknown) =>
  typeof value === 'object' && value !== null && 'properties' in value
    ? { ...value, additionalProperties: false }
    : value,
)

const settings = `
agents:
  claude_code: { type: mcp_native, status: experimental, capabilities: [a], limits: { max_parallel: 3, credential: team }, price: { input_per_million: 3 } }
  openai_codex: { type: api, status: active, limits: { credential: team } }
  cursor_cli: { type: cli_wrapper, status: blocked, blocker: no answer }
  mine: { type: cli_wrapper, status: active, connection: { method: subprocess, config: { command: mine } } }
credentials: { team: { max_parallel: 5 } }
permissions: { claude_code: { network: restricted } }
health_checks: { claude_code: { command: "false" } }
`

test.each([false, true])('agents are told as their schema says, tried or not (%s), and nothing else', async (check) => {
  const programs = { claude: 'echo "2.1.330 (Claude Code)"', mine: 'true' }
  const { found } = await reports({ programs, settings, env: key }, check)
  const matches = new Ajv2020({ allErrors: true, strict: false }).compile(schema)
  matches({ agents: found })
  expect(matches.errors ?? []).toEqual([])
})

test('an agent is told with what the registry says, what is installed, and how things stand with it', async () => {
  const standings: Roster['standings'] = new Map([['team', { cause: 'usage_limit', until: 3_600_000 }]])
  const running = ['claude_code', 'claude_code', 'openai_codex']
  const programs = { claude: 'echo "2.1.330 (Claude Code)"' }
  const { named, found, folder } = await reports({ programs, settings, env: key, standings, running })
  expect(found.map(({ name, state }) => [name, state])).toEqual([
    ['claude_code', 'experimental'],
    ['openai_codex', 'unavailable'],
    ['cursor_cli', 'blocked'],
    ['mine', 'unavailable'],
    ['shell', 'active'],
    ['simulated', 'active'],
  ])
  expect(named('claude_code')).toEqual({
    name: 'claude_code',
    configured: true,
    state: 'experimental',
    why: null,
    help: null,
    type: 'mcp_native',
    interface: 'headless',
    program: join(folder, 'bin/claude'),
    version: '2.1.330',
    login: 'a key (ANTHROPIC_API_KEY)',
    capabilities: ['a'],
    permissions: { network: 'restricted' },
    sandbox: 'required',
    price: { input_per_million: 3 },
    health: { status: 'unchecked', why: null, since: null, asked_at: null, next_at: null },
    slots: { used: 2, max_parallel: 3 },
    credential: {
      name: 'team',
      used: 3,
      max_parallel: 5,
      state: 'parked',
      cause: 'usage_limit',
      until: '1970-01-01T01:00:00.000Z',
    },
    checks: null,
  })
  expect(named('openai_codex')).toMatchObject({
    why: '"codex" is not installed: it is not on PATH',
    help: expect.stringContaining('npm install'),
  })
  expect(named('cursor_cli')?.why).toContain('no answer')
})

test('agents that are tried tell what is well, and what is not with what to do', async () => {
  const programs = { claude: 'echo 2.1.330', codex: 'echo broken; exit 3', mine: 'true' }
  const { named } = await reports({ programs, settings, env: key }, true)
  expect(checked(named('claude_code'))).toMatchObject({
    program: ['ok', expect.stringContaining('/bin/claude')],
    version: ['ok', '2.1.330'],
    login: ['ok', 'a key (ANTHROPIC_API_KEY)'],
    health: ['failed', 'its health check ended with 1'],
  })
  expect(checked(named('openai_codex'))).toMatchObject({
    version: ['failed', 'asked for its version, it ended with 3'],
    login: ['failed', 'openai_codex has no key for its service and no login'],
    health: ['skipped', 'no health check is configured'],
  })
  expect(checked(named('cursor_cli'))).toMatchObject({ program: ['failed', expect.stringContaining('switched off')] })
})

test('only programs that orchd knows are asked for their version: others might take it for work', async () => {
  const programs = { mine: 'touch "$HOME/started"' }
  const { named, folder } = await reports({ programs, settings }, true)
  expect(checked(named('mine'))).toMatchObject({ version: ['skipped', expect.stringContaining('not asked')] })
  expect(existsSync(join(folder, 'started'))).toBe(false)
})

test('a program that hangs is ended with what it started', async () => {
  const programs = { claude: 'sleep 600 & echo $! > "$HOME/pid"; wait' }
  const { named, folder } = await reports({ programs, env: key }, true, ['claude_code'])
  expect(checked(named('claude_code'))['version']).toEqual(['failed', 'it did not tell its version within 2 seconds'])
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  await until('its child is gone', () => !lives(pid))
})

test('many agents are tried at once without a word of Node about it', async () => {
  const warnings: string[] = []
  const noted = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', noted)
  onTestFinished(() => void process.off('warning', noted))
  const names = Array.from({ length: 12 }, (_, at) => `c${at}`)
  const connection = '{ method: subprocess, config: { command: claude, protocol: claude_code } }'
  const lines = names.map((name) => `  ${name}: { type: cli_wrapper, status: active, connection: ${connection} }\n`)
  const checks = names.map((name) => `  ${name}: { command: "sleep 0.2" }\n`)
  const many = `agents:\n${lines.join('')}health_checks:\n${checks.join('')}`
  const { found } = await reports(
    { programs: { claude: 'sleep 0.2; echo 1.2.3' }, settings: many, env: key },
    true,
    names,
  )
  expect(found.map((agent) => [agent.version, agent.health.status])).toEqual(names.map(() => ['1.2.3', 'healthy']))
  await new Promise(setImmediate)
  expect(warnings).toEqual([])
})

test('a program is asked again when its file is another one, and not before', async () => {
  const { folder, agent, environment } = project(['claude'])
  const file = join(folder, 'bin/claude')
  const found = agent('claude_code', key)
  if (!found.ok) throw new Error(found.error.message)
  const versions = createVersions({ PATH: `${environment().PATH}:/usr/bin:/bin`, HOME: folder })
  const ask = () => versions.of(found.value, file, new AbortController().signal)
  writeFileSync(file, '#!/bin/sh\necho asked >> "$HOME/asks"\necho 1.0.0\n')
  await ask()
  expect(await ask()).toEqual({ kind: 'told', version: '1.0.0' })
  expect(readFileSync(join(folder, 'asks'), 'utf8')).toBe('asked\n')
  writeFileSync(file, '#!/bin/sh\necho 1.0.10\n')
  expect(await ask()).toEqual({ kind: 'told', version: '1.0.10' })
})

test('a name that no agent has is refused with who is near', async () => {
  await expect(reports({}, false, ['claud_code'])).rejects.toMatchObject({
    code: 'USAGE',
    help: 'did you mean "claude_code"?',
  })
})
