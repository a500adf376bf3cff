import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readableLog } from '../../src/main/readable-log.ts'
import { key, project, step } from './agents-project.ts'

const asks = (words: string): string => step('claude_code', `, permissions: { ${words} }`)

describe('before a run begins it is said of each step', () => {
  test('nothing of the variables and secrets that its agent gets', () => {
    const { problems } = project(['claude'])
    const plan = `${step('claude_code', ', env: { LEVEL: info }, secrets: [NPM_TOKEN]')}secrets: [NPM_TOKEN]\n`
    expect(problems(plan, key)).toEqual([])
  })

  test('that no sandbox starts here, unless it needs none', () => {
    const { folder, problems } = project(['claude'])
    rmSync(join(folder, 'bin', 'bwrap'))
    const message = 'step "a" requires a sandbox, and none starts here: bwrap is not found'
    expect(problems(step('claude_code'), key)).toMatchObject([
      { code: 'AGENT_UNAVAILABLE', message, help: expect.stringMatching(/install bubblewrap.*sandbox: "off"/) },
    ])
    for (const sandbox of ['off', 'preferred'])
      expect(problems(step('claude_code', `, sandbox: "${sandbox}"`), key)).toEqual([])
  })

  test('that it asks for more than the registry gives its agent', () => {
    const { problems } = project(
      ['claude'],
      'agents: { claude_code: { type: mcp_native } }\npermissions: { claude_code: { file_system: read_only, network: restricted, hosts: ["*.a.com", b.com] } }\n',
    )
    expect(problems(asks('file_system: none, network: none'), key)).toEqual([])
    expect(problems(asks('hosts: [b.com, "b.com:443", x.a.com, "*.y.a.com"], shell_commands: none'), key)).toEqual([])
    const message = expect.stringContaining('asks for more "file_system" than the registry gives claude_code')
    expect(problems(asks('file_system: read_write'), key)).toMatchObject([
      { code: 'PERMISSIONS_WIDER', at: '3:78', message },
    ])
    expect(problems(asks('hosts: ["b.com:8080", a.com]'), key)).toMatchObject([{ code: 'PERMISSIONS_WIDER' }])
    const inDefaults = `${step('claude_code', '')}defaults: { permissions: { network: allowed } }\n`
    expect(problems(inDefaults, key)).toMatchObject([{ code: 'PERMISSIONS_WIDER', at: '4:37' }])
  })

  test('that a budget in money cannot hold an agent of which nobody knows what it costs', () => {
    const plan = `${step('openai_codex', '')}constraints: { budget: { max_usd: 5 } }\n`
    const codexKey = { OPENAI_API_KEY: 'sk-x' }
    expect(project(['codex']).problems(plan, codexKey)).toEqual([
      {
        code: 'BUDGET_BLIND',
        at: '4:26',
        message:
          '"max_usd" cannot hold step "a": openai_codex does not tell what it costs, and the registry has no price for it',
        help: 'give it a price in orchestrator_config.yaml (agents.openai_codex.price), or limit max_tokens',
      },
    ])
    const price =
      'agents: { openai_codex: { type: api, connection: { method: subprocess }, price: { input_per_million: 1, output_per_million: 2 } } }\n'
    expect(project(['codex'], price).problems(plan, codexKey)).toEqual([])
    expect(project(['codex']).problems(plan.replace('max_usd', 'max_tokens'), codexKey)).toEqual([])
    expect(project(['claude']).problems(plan.replace('openai_codex', 'claude_code'), key)).toEqual([])
  })

  test('that the program is missing, and how to get it', () => {
    expect(
      project([]).problems(step('claude_code') + step('claude_code').replace('id: a', 'id: b'), key),
    ).toMatchObject([
      {
        code: 'AGENT_UNAVAILABLE',
        message: 'step "a" cannot run: "claude" is not installed: it is not on PATH',
        help: expect.stringMatching(/npm install -g @anthropic-ai\/claude-code.*--simulate=agents/),
      },
      { code: 'AGENT_UNAVAILABLE', message: expect.stringContaining('step "b"') },
    ])
  })

  test('that there is neither a key nor a login, unless another process has its own', () => {
    const { problems, folder } = project(['claude'])
    expect(problems(step('claude_code'))).toMatchObject([
      {
        code: 'AGENT_UNAVAILABLE',
        message: 'step "a" cannot run: claude_code has no key for its service and no login',
        help: expect.stringContaining('set CLAUDE_CODE_TOKEN or ANTHROPIC_API_KEY, or log in'),
      },
    ])
    expect(problems(step('claude_code'), {}, false)).toEqual([])
    expect(problems(step('claude_code'), { CLAUDE_CODE_USE_BEDROCK: '1' })).toEqual([])
    mkdirSync(join(folder, '.claude'))
    writeFileSync(join(folder, '.claude', '.credentials.json'), '{}')
    expect(problems(step('claude_code'))).toEqual([])
  })

  test('that a variable of its connection is not set, or that the registry blocks it', () => {
    const connection = 'connection: { method: subprocess, config: { token: "${MY_KEY}" } }'
    const needs = project(['claude'], `agents:\n  claude_code: { type: mcp_native, status: active, ${connection} }\n`)
    expect(needs.problems(step('claude_code'))).toMatchObject([
      { message: expect.stringContaining('needs MY_KEY'), help: expect.stringMatching(/^set MY_KEY/) },
    ])
    expect(needs.problems(step('claude_code'), { MY_KEY: 'sk-ant-y' })).toEqual([])
    const blocked = project(['claude'], 'agents:\n  claude_code: { type: mcp_native, status: blocked, blocker: no }\n')
    expect(blocked.problems(step('claude_code'), key)).toMatchObject([
      { message: expect.stringContaining('is blocked in the registry (no)') },
    ])
  })

  test('that its options are none of the agent’s', () => {
    const { problems } = project(['claude'])
    expect(problems(step('claude_code', ', sandbox: "off", with: { max_turn: 3 }'), key)).toMatchObject([
      { code: 'AGENT_UNAVAILABLE', message: expect.stringContaining('"max_turn", which is no option of this agent') },
    ])
    expect(problems(step('claude_code', ', sandbox: "off", with: { max_turns: 3 }'), key)).toEqual([])
  })

  test('that a model over an API has no key, or settings that nobody knows', () => {
    const described = readFileSync('test/config/fixtures/system-description.yaml', 'utf8')
    const { agent, problems } = project([], described)
    expect(problems(step('openai_codex'))).toMatchObject([{ message: expect.stringContaining('needs OPENAI_API_KEY') }])
    expect(problems(step('openai_codex', ' , with: { max_turns: 3 }'), { OPENAI_API_KEY: 'sk-x' })).toMatchObject([
      { code: 'AGENT_EXPERIMENTAL' },
    ])
    const found = agent('openai_codex', { OPENAI_API_KEY: 'sk-x' })
    expect(found).toMatchObject({
      ok: true,
      value: { command: [], baseUrl: 'https://api.openai.com/v1', key: ['OPENAI_API_KEY', 'sk-x'] },
    })
    expect(project([], overApi('')).problems(step('mine'))).toMatchObject([
      { message: 'step "a" cannot run: mine has no key for its service and no login' },
    ])
    expect(project([], overApi('base_url: "http://127.0.0.1:1"')).problems(step('mine'))).toEqual([])
    const message = (config: string): unknown => project([], overApi(config)).problems(step('mine'))[0]?.message
    expect(message('command: x')).toContain('has "command", which it may not have')
    expect(message('tools: some')).toContain('tools must be native or functions')
    expect(message('idle_timeout: soon')).toContain('idle_timeout must be a duration')
  })

  test('that no agent can do it, and what each of them lacks', () => {
    const { problems } = project(['claude'])
    expect(problems(step('auto'))).toMatchObject([
      {
        code: 'AGENT_UNAVAILABLE',
        message: expect.stringMatching(
          /step "a" cannot run: no agent can do it: claude_code: claude_code has no key.*openai_codex: "codex" is not installed/,
        ),
      },
    ])
    expect(problems(step('auto'), key)).toEqual([])
    expect(problems('  - { id: a, prompt: Do it., sandbox: "off" }\n', key)).toEqual([])
    expect(problems(step('{ requires: [complex_reasoning], prefer: [openai_codex] }'), key)).toEqual([])
    expect(problems(step('{ requires: [isolated_execution] }'), key)).toMatchObject([
      { message: expect.stringContaining('claude_code: it has not isolated_execution') },
    ])
  })

  test('that its agent is missing, as a warning when a fallback is there; and that a fallback is missing', () => {
    const { problems } = project(['claude'])
    expect(problems(step('openai_codex', ', sandbox: "off", fallback: [claude_code]'), key)).toMatchObject([
      { code: 'AGENT_UNAVAILABLE', message: expect.stringMatching(/"codex" is not installed.*fallback claude_code$/) },
    ])
    expect(problems(step('claude_code', ', sandbox: "off", fallback: [openai_codex]'), key)).toMatchObject([
      { code: 'AGENT_UNAVAILABLE', message: expect.stringContaining('the fallback openai_codex is of no use') },
    ])
  })

  test('that nobody meets its wish, as a warning when a fallback is there', () => {
    const { plan } = project(['claude'])
    const wish = '{ requires: [teleport] }, sandbox: "off"'
    const found = plan(step(`${wish}, fallback: [openai_codex, claude_code]`), key)
    expect(found.diagnostics).toMatchObject([
      {
        code: 'AGENT_UNAVAILABLE',
        severity: 'warning',
        message: expect.stringMatching(
          /no agent can do it: .*has not teleport.*; it goes to its fallback claude_code$/,
        ),
      },
    ])
    expect(found.plan).not.toBeNull()
    expect(plan(step(`${wish}, fallback: [openai_codex]`), key).diagnostics).toMatchObject([{ severity: 'error' }])
  })

  test('that the registry calls its agent experimental', () => {
    const { problems } = project(['claude'], 'agents:\n  claude_code: { type: mcp_native, status: experimental }\n')
    expect(problems(step('claude_code'), key)).toMatchObject([{ code: 'AGENT_EXPERIMENTAL' }])
  })
})

const overApi = (config: string): string =>
  `agents: { mine: { type: api, connection: { method: rest_api, config: { ${config} } } } }`
describe('claude_code of the registry', () => {
  test('of the system description works headless: its mcp_spawn names a server, and no tool to call', () => {
    const text = readFileSync('test/config/fixtures/system-description.yaml', 'utf8')
    expect(project(['claude'], text).agent('claude_code', key)).toMatchObject({
      ok: true,
      value: {
        command: ['claude'],
        args: [],
        key: ['ANTHROPIC_API_KEY', 'sk-ant-x'],
        permissions: { network: 'allowed' },
      },
    })
  })

  test('with the tool Agent of its server is refused where it would have to edit', () => {
    const settings =
      'agents:\n  claude_code: { type: mcp_native, connection: { method: mcp_spawn, config: { command: claude mcp serve, tool: Agent } } }\n'
    const { problems, agent } = project(['claude'], settings)
    expect(agent('claude_code', key)).toMatchObject({
      ok: true,
      value: { command: ['claude', 'mcp', 'serve'], protocol: { home: { variable: 'CLAUDE_CONFIG_DIR' } } },
    })
    expect(problems(step('claude_code'), key)).toMatchObject([
      {
        code: 'AGENT_UNAVAILABLE',
        message: expect.stringContaining('the Agent tool of "claude mcp serve" cannot edit files'),
        help: expect.stringContaining('file_system: read_only'),
      },
    ])
    expect(problems(step('claude_code', ', permissions: { file_system: read_only }'), key)).toEqual([])
    const readOnly = `${settings}permissions:\n  claude_code: { file_system: read_only }\n`
    expect(project(['claude'], readOnly).problems(step('claude_code', ''), key)).toEqual([])
  })

  test('takes command, args, env, token and base_url, and no other word', () => {
    const config =
      'command: /opt/claude, args: [--debug], env: { CI: null, N: 1 }, token: sk-ant-oat01-x, base_url: "http://x"'
    const settings = (more: string) =>
      `agents:\n  claude_code: { type: mcp_native, connection: { method: subprocess, config: { ${config}${more} } } }\n`
    expect(project([], settings('')).agent('claude_code')).toMatchObject({
      ok: true,
      value: {
        command: ['/opt/claude'],
        args: ['--debug'],
        env: { CI: null, N: '1' },
        key: ['CLAUDE_CODE_OAUTH_TOKEN', 'sk-ant-oat01-x'],
        baseUrl: 'http://x',
      },
    })
    expect(project([], settings(', flags: 1')).agent('claude_code')).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('has "flags"') },
    })
  })
})

const cursor = (program: string) => project([program], '', { ENABLE_CURSOR_CLI: '1' }).agent('cursor_cli')

describe('cursor_cli', () => {
  const text = readFileSync('test/config/fixtures/system-description.yaml', 'utf8')

  test('is switched off until ENABLE_CURSOR_CLI says otherwise, whatever its status', () => {
    for (const settings of ['', text]) {
      expect(project(['cursor-agent'], settings).problems(step('cursor_cli'))).toMatchObject([
        { code: 'AGENT_UNAVAILABLE', help: expect.stringMatching(/^set ENABLE_CURSOR_CLI=true/) },
      ])
      const enabled = project(['cursor-agent'], settings, { ENABLE_CURSOR_CLI: 'true' })
      expect(enabled.problems(step('cursor_cli'))).toEqual([])
    }
  })

  test('has two names for its program', () => {
    expect(cursor('agent')).toMatchObject({ ok: true, value: { command: ['agent'] } })
    expect(cursor('cursor-agent')).toMatchObject({ ok: true, value: { command: ['cursor-agent'] } })
  })
})

const registered = (config: string) =>
  `agents:\n  mine: { type: cli_wrapper, connection: { method: subprocess, config: { ${config} } } }\n`

describe('an agent of the user’s own', () => {
  test('runs when its program is there, without a key that orchd knows', () => {
    expect(project(['mine'], registered('command: mine')).problems(step('mine'))).toEqual([])
    expect(project([], registered('command: mine')).problems(step('mine'))).toMatchObject([
      { code: 'AGENT_UNAVAILABLE', message: expect.stringContaining('"mine" is not installed') },
    ])
  })

  test('may speak as one of the known agents', () => {
    const settings = registered('command: mine, protocol: openai_codex, base_url: "http://x/v1"')
    expect(project(['mine'], settings).agent('mine', { OPENAI_API_KEY: 'sk-x' })).toMatchObject({
      ok: true,
      value: { name: 'mine', command: ['mine'], key: ['CODEX_API_KEY', 'sk-x'], baseUrl: 'http://x/v1' },
    })
  })

  test('is told what is wrong with its settings before the run', () => {
    for (const [config, message] of [
      ['command: mine, args: [-x]', 'never gets its prompt'],
      ['command: mine, protocol: gemini', 'has "protocol", which it may not have'],
      ['args: ["{prompt}"]', 'has no command'],
    ] as const) {
      expect(project(['mine'], registered(config)).problems(step('mine'))).toMatchObject([
        { code: 'AGENT_UNAVAILABLE', message: expect.stringContaining(message) },
      ])
    }
    expect(project([], 'agents:\n  mine: { type: cli_wrapper }\n').problems(step('mine'))).toMatchObject([
      { code: 'AGENT_UNAVAILABLE', message: expect.stringContaining('no connection in the registry') },
    ])
  })
})

test('logs of streams are made readable, those of commands and of agents that print text are as they are', () => {
  const { folder } = project([], registered('command: mine'))
  const lines = (agent: string) => readableLog(agent, { cwd: folder, env: {} })
  expect([lines('shell'), lines('simulated'), lines('mine'), lines('unknown')]).toEqual([null, null, null, null])
  expect(lines('claude_code')?.('{"type":"assistant","message":{"content":[{"type":"text","text":"Hi."}]}}')).toEqual([
    'Hi.',
  ])
})
