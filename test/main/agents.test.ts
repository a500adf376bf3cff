import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { cliAgentNamed } from '../../src/main/agents.ts'
import { readableLog } from '../../src/main/readable-log.ts'
import { checkPlan } from '../../src/main/plans.ts'
import { temporaryFolder } from '../config/project.ts'

/** A project with programs of these names on its PATH, which nobody starts. */
function project(programs: readonly string[], settings = '', variables: Record<string, string> = {}) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'orchestrator_config.yaml'), settings)
  mkdirSync(join(folder, 'bin'))
  for (const name of programs) {
    writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n')
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  const environment = (more: Record<string, string> = {}) => ({ PATH: join(folder, 'bin'), HOME: folder, ...more })
  const config = loadConfig({ projectFolder: folder, env: variables }).config
  return {
    folder,
    agent: (name: string, env = {}) => cliAgentNamed(name, config, environment(env)),
    problems: (steps: string, env = {}, seesKeys = true) => {
      const { diagnostics } = checkPlan({
        bytes: Buffer.from(`name: p\nsteps:\n${steps}`),
        file: 'plan.yaml',
        projectFolder: folder,
        config,
        env: environment(env),
        seesKeys,
        simulate: 'none',
        forRun: true,
        inputs: {},
      })
      return diagnostics.map(({ code, line, column, message, help }) => ({
        code,
        at: `${line}:${column}`,
        message,
        help,
      }))
    },
  }
}

const step = (agent: string, more = '') => `  - { id: a, agent: ${agent}, prompt: Do it.${more} }\n`
const key = { ANTHROPIC_API_KEY: 'sk-ant-x' }

describe('before a run begins it is said of each step', () => {
  test('that it asks for more than the registry gives its agent', () => {
    const { problems } = project(
      ['claude'],
      'agents: { claude_code: { type: mcp_native } }\npermissions: { claude_code: { file_system: read_only, network: restricted, hosts: ["*.a.com", b.com] } }\n',
    )
    const asks = (words: string): string => step('claude_code', `, permissions: { ${words} }`)
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
    expect(problems(step('openai_codex', ' , with: { max_turns: 3 }'), { OPENAI_API_KEY: 'sk-x' })).toEqual([])
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

  test('that this build does not speak its way, and chooses no agents', () => {
    const { problems } = project(['claude'])
    expect(problems(step('auto'))).toMatchObject([{ code: 'NOT_YET' }])
    expect(problems(step('{ prefer: [claude_code] }'))).toMatchObject([{ code: 'NOT_YET' }])
    const rest = 'agents:\n  claude_code: { type: mcp_native, connection: { method: mcp_tool } }\n'
    expect(project(['claude'], rest).problems(step('claude_code'), key)).toMatchObject([
      { code: 'NOT_YET', message: expect.stringContaining('connected by mcp_tool') },
    ])
  })
})

const overApi = (config: string): string =>
  `agents: { mine: { type: api, connection: { method: rest_api, config: { ${config} } } } }`
const speaksAcp = (config: string): string =>
  `agents:\n  mine: { type: acp, connection: { method: acp, config: { ${config} } } }\n`

describe('an agent that speaks ACP', () => {
  test('takes its command, and the home and the key of an agent that is known', () => {
    const config = 'command: claude-acp --stdio, args: [-x], mode: default, protocol: claude_code'
    expect(project([], speaksAcp(config)).agent('mine', key)).toMatchObject({
      ok: true,
      value: {
        command: ['claude-acp', '--stdio'],
        args: ['-x'],
        key: ['ANTHROPIC_API_KEY', 'sk-ant-x'],
        protocol: { home: { variable: 'CLAUDE_CONFIG_DIR' }, driver: expect.stringMatching(/acp.driver\.ts$/) },
      },
    })
  })

  test.for([
    ['mode: ask', 'agents.mine.connection.config has no command'],
    ['command: sh, tool: Agent', 'agents.mine.connection.config has "tool"'],
    ['command: sh, start_timeout: soon', 'start_timeout must be a duration'],
    ['command: orchd-has-no-such-agent', '"orchd-has-no-such-agent" is not installed'],
  ] as const)('with %s cannot run: %s', ([config, message]) => {
    expect(project([], speaksAcp(config)).problems(step('mine'))).toMatchObject([
      { code: 'AGENT_UNAVAILABLE', message: expect.stringContaining(message) },
    ])
  })
})

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

  test('with a tool to call wishes for a client of MCP, which this build has not', () => {
    const settings =
      'agents:\n  claude_code: { type: mcp_native, connection: { method: mcp_spawn, config: { command: x, tool: Agent } } }\n'
    expect(project(['claude'], settings).agent('claude_code')).toMatchObject({ ok: false, error: { kind: 'not_yet' } })
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
