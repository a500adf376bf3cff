import { describe, expect, test } from 'vitest'
import { key, project, step } from './agents-project.ts'

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

describe('a tool of an MCP server', () => {
  test.for([
    ['method: mcp_tool, config: { command: x }', 'tool must be the name of a tool'],
    ['method: mcp_tool, config: { tool: x }', 'has no command'],
    ['method: mcp_spawn, config: { command: x }', 'names no tool of its server'],
  ] as const)('%s: %s', ([connection, message]) => {
    const settings = `agents:\n  mine: { type: mcp_native, connection: { ${connection} } }\n`
    expect(project([], settings).problems(step('mine'))).toMatchObject([
      { code: 'AGENT_UNAVAILABLE', message: expect.stringContaining(message) },
    ])
  })
})
