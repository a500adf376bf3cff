import { ok } from '../../base/result.ts'
import type { PermissionWords } from '../../plan/plan.ts'
import type { Protocol } from '../cli/agent.ts'
import { choiceOption, countOption, listOption } from '../cli/options.ts'
import { promptOf } from '../cli/prompt.ts'
import { parseClaude } from './parse.ts'

const modes = ['acceptEdits', 'plan', 'dontAsk', 'bypassPermissions'] as const

/** Claude Code, headless: `claude -p --output-format stream-json`. The prompt comes on standard input. */
export const claudeProtocol: Protocol = {
  programs: ['claude'],
  install: 'npm install -g @anthropic-ai/claude-code',
  key: {
    from: ['CLAUDE_CODE_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_API_KEY'],
    variableFor: (name, value) => {
      if (name === 'ANTHROPIC_AUTH_TOKEN') return name
      return value.startsWith('sk-ant-oat') ? 'CLAUDE_CODE_OAUTH_TOKEN' : 'ANTHROPIC_API_KEY'
    },
    help: 'set CLAUDE_CODE_TOKEN or ANTHROPIC_API_KEY, or log in: start "claude" and enter /login',
  },
  options: ['allowed_tools', 'max_turns', 'permission_mode'],
  home: { variable: 'CLAUDE_CONFIG_DIR', usual: '.claude', login: '.credentials.json' },
  driver: null,
  sessions: { folder: 'projects', sums: ['usage', 'cost'] },
  resume: (session, { baseUrl }) => ({
    args: ['--resume', session],
    env: baseUrl === null ? {} : { ANTHROPIC_BASE_URL: baseUrl },
    // In a home that is new to it, it asks for colours and for a login before anything else (2.1.330).
    files: { '.claude.json': '{"hasCompletedOnboarding":true}' },
  }),
  // Spans only: prompts and what tools are given stay out of them, unless somebody switches that on.
  tracesTo: (endpoint) => ({
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  }),
  parse: parseClaude,
  isStream: true,
  atExit: null,
  service: { hosts: ['api.anthropic.com', 'platform.claude.com', 'claude.ai'], variable: 'ANTHROPIC_BASE_URL' },
  launch(attempt, agent, _home, confined) {
    const tools = listOption(attempt.with, 'allowed_tools')
    const turns = countOption(attempt.with, 'max_turns')
    const mode = choiceOption(attempt.with, 'permission_mode', modes)
    if (!tools.ok) return tools
    if (!turns.ok) return turns
    if (!mode.ok) return mode
    const { model, outputSchema } = attempt.spec
    const { session } = attempt
    const allowed = [...allowedBy(agent.permissions), ...tools.value]
    const forbidden = forbiddenBy(agent.permissions)
    return ok({
      args: [
        '-p',
        '--output-format',
        'stream-json',
        '--verbose',
        '--strict-mcp-config',
        // Of the settings files only the project's: they are part of what a person wrote there, as CLAUDE.md is.
        '--setting-sources',
        'project',
        // Its own sandbox does not start in ours, whatever the project's settings say.
        ...(confined ? ['--settings', '{"sandbox":{"enabled":false}}'] : []),
        '--permission-mode',
        mode.value ?? 'acceptEdits',
        ...(allowed.length === 0 ? [] : ['--allowedTools', ...allowed]),
        ...(forbidden.length === 0 ? [] : ['--disallowedTools', ...forbidden]),
        ...(session === null ? [] : ['--resume', session.id]),
        ...(model === null ? [] : ['--model', model]),
        // It counts what this process spends, whatever its session has spent before.
        ...(attempt.capUsd === null ? [] : ['--max-budget-usd', String(attempt.capUsd)]),
        ...(turns.value === null ? [] : ['--max-turns', String(turns.value)]),
        ...(outputSchema === null ? [] : ['--json-schema', JSON.stringify(outputSchema)]),
        ...agent.args,
      ],
      prompt: promptOf(attempt),
      stdin: true,
      env: {
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
        // Without it, it refuses to skip its questions for root.
        ...(confined ? { IS_SANDBOX: '1' } : {}),
        ...(agent.baseUrl === null ? {} : { ANTHROPIC_BASE_URL: agent.baseUrl }),
      },
      files: {},
      folders: [],
    })
  },
}

/** Tools that it may use without asking anybody, beside reading and editing in the folder in which it works. */
const allowedBy = ({ shell_commands: shell, network, hosts = [] }: PermissionWords): readonly string[] => [
  ...(shell === 'allowed' || shell === 'sandboxed' ? ['Bash'] : []),
  ...(network === 'allowed' ? ['WebFetch', 'WebSearch'] : []),
  ...(network === 'restricted' ? hosts.map((host) => `WebFetch(domain:${host.replace(/:\d+$/, '')})`) : []),
]

const forbiddenBy = ({ file_system: files, shell_commands: shell, network }: PermissionWords): readonly string[] => [
  ...(files === 'read_only' || files === 'none' ? ['Edit', 'Write', 'NotebookEdit'] : []),
  ...(files === 'none' ? ['Read', 'Glob', 'Grep'] : []),
  ...(shell === 'none' ? ['Bash'] : []),
  ...(network === 'none' ? ['WebFetch', 'WebSearch'] : []),
]
