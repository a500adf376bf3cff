import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { load, shown, temporaryFolder } from './project.ts'

test('without a file and variables every setting has its default', () => {
  const { config, origins, diagnostics, folder } = load(null)
  expect(diagnostics).toEqual([])
  expect(config).toMatchObject({
    maxParallelAgents: 10,
    port: 8000,
    portIsExplicit: false,
    enableCursorCli: false,
    codexSandboxTimeoutMs: 120_000,
    traceLogging: false,
    inbox: join(folder, 'inbox'),
    diskLowBytes: 512 * 1024 * 1024,
    diskCriticalBytes: 64 * 1024 * 1024,
    telemetry: { enabled: false, tracesUrl: null },
  })
  expect([...config.agents.keys()]).toEqual(['shell', 'simulated'])
  expect([...origins.values()].every(({ from }) => from === 'default')).toBe(true)
})

test('the environment wins over the file, the file over the default, and origins say which did', () => {
  const { config, origins } = load('max_parallel_agents: 3\nport: 9000\n\ninbox: drop\n', { MAX_PARALLEL_AGENTS: '4' })
  expect(config).toMatchObject({ maxParallelAgents: 4, port: 9000, portIsExplicit: true })
  expect(config.inbox.endsWith('/drop')).toBe(true)
  expect(origins.get('max_parallel_agents')).toEqual({ from: 'environment', name: 'MAX_PARALLEL_AGENTS' })
  expect(origins.get('inbox')).toEqual({ from: 'file', file: 'orchestrator_config.yaml', line: 4 })
  expect(origins.get('trace_logging')).toEqual({ from: 'default' })
})

test.each([
  ['MAX_PARALLEL_AGENTS', '0'],
  ['MAX_PARALLEL_AGENTS', 'abc'],
  ['MAX_PARALLEL_AGENTS', '1e9'],
  ['MAX_PARALLEL_AGENTS', '-1'],
  ['MAX_PARALLEL_AGENTS', '2.5'],
  ['MAX_PARALLEL_AGENTS', '10001'],
  ['MAX_PARALLEL_AGENTS', '0x10'],
  ['MAX_PARALLEL_AGENTS', '9'.repeat(400)],
  ['ORCHESTRATOR_PORT', '65536'],
  ['ORCHESTRATOR_PORT', 'http'],
  ['ENABLE_CURSOR_CLI', 'maybe'],
  ['ENABLE_TRACE_LOGGING', '2'],
  ['CODEX_SANDBOX_TIMEOUT', 'soon'],
  ['CODEX_SANDBOX_TIMEOUT', '0'],
  ['CODEX_SANDBOX_TIMEOUT', '2 minutes'],
  ['OTEL_SDK_DISABLED', 'perhaps'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'nonsense'],
])('%s=%s is a mistake in the environment, and the default holds', (name, value) => {
  const loaded = load(null, { [name]: value })
  expect(shown(loaded)).toEqual(['environment:1:1 ENV_INVALID'])
  expect(loaded.diagnostics[0]?.message).toMatch(new RegExp(`^${name} `))
  expect(loaded.diagnostics[0]?.message.length).toBeLessThan(200)
  expect(loaded.config).toEqual(loadConfig({ projectFolder: loaded.folder, env: {} }).config)
})

test('an empty variable counts as not set', () => {
  const loaded = load('max_parallel_agents: 3\n', { MAX_PARALLEL_AGENTS: '', ORCHESTRATOR_PORT: ' ' })
  expect(loaded.config).toMatchObject({ maxParallelAgents: 3, portIsExplicit: false })
  expect(loaded.diagnostics).toEqual([])
})

test.each([
  ['120', 120_000],
  ['2m', 120_000],
  ['1.5', 1500],
])('CODEX_SANDBOX_TIMEOUT=%s is seconds or a duration', (text, ms) => {
  expect(load(null, { CODEX_SANDBOX_TIMEOUT: text }).config.codexSandboxTimeoutMs).toBe(ms)
})

test('the example of the system description loads as it stands', () => {
  const yaml = readFileSync(join(import.meta.dirname, 'fixtures/system-description.yaml'), 'utf8')
  const { config, diagnostics } = load(yaml)
  expect(diagnostics).toEqual([])
  expect([...config.agents.keys()]).toEqual(['shell', 'simulated', 'claude_code', 'openai_codex', 'cursor_cli'])
  expect(config.agents.get('claude_code')).toEqual({
    name: 'claude_code',
    type: 'mcp_native',
    status: 'active',
    blocker: null,
    capabilities: ['complex_reasoning', 'mcp_tools', 'iterative_refinement'],
    connection: { method: 'mcp_spawn', config: { command: 'python -m opsvi_mcp.servers.claude_code' } },
    limits: { maxParallel: null, credential: null },
    price: null,
    permissions: {
      file_system: 'read_write',
      network: 'allowed',
      shell_commands: 'allowed',
      git_operations: 'allowed',
    },
    healthCheck: { endpoint: 'http://localhost:8080/health', command: null, intervalMs: 30_000, timeoutMs: 5000 },
    builtIn: false,
  })
  expect(config.agents.get('cursor_cli')).toMatchObject({
    status: 'blocked',
    blocker: 'CI=1 hanging bug',
    connection: { config: { args: ['chat', '--headless'] } },
    healthCheck: { command: 'cursor-agent --version', endpoint: null },
  })
  expect(config.agents.get('openai_codex')?.connection?.config['auth']).toBe('${OPENAI_API_KEY}')
})

test("the project's own file loads without a mistake", () => {
  const { diagnostics, config } = loadConfig({ projectFolder: join(import.meta.dirname, '../..'), env: {} })
  expect(diagnostics).toEqual([])
  expect(config.agents.size).toBeGreaterThan(4)
})

test('every mistake of the file is told at once, with its place, and nothing of the file holds', () => {
  const loaded = load(
    'max_parallel_agents: many\nmax_paralel: 3\nagents:\n  x: { type: magic, status: active }\nport: 9000\n',
  )
  const places = loaded.diagnostics.map(({ line, column }) => `${line}:${column}`)
  expect(places).toEqual(['1:22', '2:1', '4:14'])
  expect(loaded.config.port).toBe(8000)
})

test('a broken text is a diagnostic and never an exception', () => {
  expect(shown(load('agents: [\n'))[0]).toMatch(/^orchestrator_config.yaml:\d+:\d+ /)
  expect(shown(load(Buffer.from([0xff, 0xfe, 0x61, 0]))).length).toBe(1)
  expect(shown(load('- a list\n')).length).toBe(1)
  expect(shown(load('x'.repeat(1024 * 1024 + 1))).length).toBe(1)
  expect(shown(load('['.repeat(100_000))).length).toBeGreaterThan(0)
})

test.each(['', '\n\n', '# only a comment\n', '\uFEFF# with a BOM\r\n  # and more\r\n'])(
  'a file with nothing in it (%j) has no settings',
  (text) => {
    expect(load(text).diagnostics).toEqual([])
  },
)

test('a file that was asked for by name must be there', () => {
  const loaded = loadConfig({ projectFolder: temporaryFolder(), env: {}, file: 'other.yaml' })
  expect(shown(loaded)).toEqual(['other.yaml:1:1 FILE_UNREADABLE'])
})

test('a folder or a fifo in place of the file is a diagnostic and blocks nothing', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'orchestrator_config.yaml'))
  expect(shown(loadConfig({ projectFolder: folder, env: {} }))).toEqual([
    'orchestrator_config.yaml:1:1 FILE_UNREADABLE',
  ])
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')])
  expect(shown(loadConfig({ projectFolder: folder, env: {}, file: 'pipe.yaml' }))).toEqual([
    'pipe.yaml:1:1 FILE_UNREADABLE',
  ])
})

test('permissions and health checks of an unknown agent are warned of with a suggestion', () => {
  const loaded = load(
    'agents:\n  codex: { type: api, status: active }\npermissions:\n  codx: { network: none }\nhealth_checks:\n  shell: { command: "true" }\n',
  )
  expect(shown(loaded)).toEqual(['orchestrator_config.yaml:4:3 AGENT_UNKNOWN (warning)'])
  expect(loaded.diagnostics[0]?.help).toBe('did you mean "codex"?')
})

test('the built-in agents cannot be redefined, and another simulated agent can be added', () => {
  const loaded = load('agents:\n  shell: { type: shell, status: active }\n')
  expect(shown(loaded)).toEqual(['orchestrator_config.yaml:2:3 AGENT_BUILT_IN'])
  const added = load('agents:\n  stand_in: { type: simulated, status: active }\n')
  expect(added.config.agents.get('stand_in')).toMatchObject({ type: 'simulated', builtIn: false })
})

test('an agent may be called like a property of every object', () => {
  const loaded = load('agents:\n  has-own-property: { type: api, status: active }\n')
  expect(loaded.config.agents.get('toString')).toBeUndefined()
})

test('disk watermarks that are the wrong way round are a mistake', () => {
  expect(shown(load('disk: { low_mb: 10, critical_mb: 20 }\n'))).toEqual([
    'orchestrator_config.yaml:1:34 WATERMARKS_REVERSED',
  ])
  expect(shown(load('disk: { low_mb: 10 }\n'))).toEqual(['orchestrator_config.yaml:1:17 WATERMARKS_REVERSED'])
})

const shownOfCheck = (check: string): string[] =>
  shown(load(`agents: { a: { type: api, status: active } }\nhealth_checks: { a: ${check} }\n`))

test('a command of a health check takes no variables: they would stand in the list of processes', () => {
  expect(shownOfCheck('{ command: "ask ${KEY}" }')).toEqual(['orchestrator_config.yaml:2:32 VALUE_MALFORMED'])
  expect(shownOfCheck('{ command: "ask $KEY" }')).toEqual([])
  expect(shownOfCheck('{ endpoint: "http://${HOST}/" }')).toEqual([])
})

test('a mistake of an address, a health check of two kinds and a zero interval are told', () => {
  const yaml = `telemetry: { endpoint: "localhost:4318" }
agents:
  a: { type: api }
health_checks:
  a: { endpoint: "http://a", command: "true", interval: 0s }
`
  expect(load(yaml).diagnostics.map(({ line }) => line)).toEqual([1, 5, 5])
})

test('a variable reference may stand without quotes', () => {
  const { config, diagnostics } = load(
    'agents:\n  a:\n    type: api\n    connection:\n      method: rest_api\n      config:\n        auth: ${OPENAI_API_KEY}\n',
  )
  expect(diagnostics).toEqual([])
  expect(config.agents.get('a')?.connection?.config).toEqual({ auth: '${OPENAI_API_KEY}' })
})
