import type { JsonObject } from '../../src/base/json.ts'
import { join } from 'node:path'
import { VERSION } from 'openai/version'
import type { Programs } from './install.ts'
import type { Turn } from './turn.ts'

/** A real agent, and how it is brought to work against the model's service at an address. */
export type RealAgent = {
  readonly name: string
  /** The program that tells its version. */
  readonly program: string
  /** Its version, where no program tells it. */
  readonly version?: string
  readonly model: string
  /** The entry of the registry, without its name. */
  readonly entry: (url: string) => JsonObject
  /** Something that these permissions do not let it do, and that would make the file `hello.txt`. */
  readonly refused: {
    readonly permissions: JsonObject
    readonly turn: (file: string) => Turn
    /** Whether it asks its model no more then. */
    readonly endsTurn?: boolean
  }
  /** Words of the cases that it is tried with. @default all */
  readonly only?: readonly string[]
}

const claude = 'claude-opus-5-5'
const codex = 'gpt-5.5'
const subprocess = (base_url: string): JsonObject => ({
  type: 'cli_wrapper',
  connection: { method: 'subprocess', config: { base_url } },
})
const acp = (config: JsonObject): JsonObject => ({ type: 'acp', connection: { method: 'acp', config } })

// Claude asks before it runs a command that may do anything; Codex has a sandbox of its own.
const shell = { permissions: {}, turn: (): Turn => ({ do: 'shell', command: `perl -e 'open F, ">hello.txt"'` }) }
const write = {
  permissions: { file_system: 'read_only' },
  turn: (file: string): Turn => ({ do: 'write', file, text: 'hello\n' }),
}

export const realAgents = ({ headless, acp: adapters }: Programs): readonly RealAgent[] => [
  {
    name: 'claude_code',
    program: join(headless, 'claude'),
    model: claude,
    entry: subprocess,
    refused: shell,
  },
  {
    name: 'openai_codex',
    program: join(headless, 'codex'),
    model: codex,
    entry: (url) => subprocess(`${url}/v1`),
    refused: write,
  },
  {
    // The package of this project, in orchd's own driver.
    name: 'openai_api',
    program: process.execPath,
    version: `openai ${VERSION}`,
    model: codex,
    entry: (url) => ({
      type: 'api',
      connection: { method: 'rest_api', config: { base_url: `${url}/v1`, max_retries: 1 } },
    }),
    refused: { ...write, permissions: { ...write.permissions, shell_commands: 'allowed' } },
  },
  {
    name: 'claude_acp',
    program: join(adapters, 'claude-agent-acp'),
    model: claude,
    entry: (url) => acp({ command: join(adapters, 'claude-agent-acp'), protocol: 'claude_code', base_url: url }),
    refused: shell,
  },
  {
    name: 'codex_acp',
    program: join(adapters, 'codex-acp'),
    model: codex,
    entry: (url) => acp({ command: join(adapters, 'codex-acp'), protocol: 'openai_codex', base_url: `${url}/v1` }),
    refused: { ...write, endsTurn: true },
  },
  {
    name: 'claude_mcp',
    program: join(headless, 'claude'),
    model: claude,
    entry: (url) => ({
      type: 'mcp_native',
      connection: {
        method: 'mcp_spawn',
        config: {
          command: [join(headless, 'claude'), 'mcp', 'serve'],
          tool: 'Agent',
          protocol: 'claude_code',
          base_url: url,
        },
      },
    }),
    refused: shell,
  },
  {
    name: 'opencode',
    program: join(adapters, 'opencode'),
    model: 'service/claude-opus-5-5',
    // It reaches a server of its own on loopback, and this service by its name, through the proxy of the sandbox.
    entry: (address) => {
      const url = address.replace('127.0.0.1', 'localhost')
      const env = { ...openCode(url), NO_PROXY: '127.0.0.1' }
      const command = [join(adapters, 'opencode'), 'acp']
      return acp({ command, mode: 'build', env, service_hosts: [new URL(url).host] })
    },
    refused: shell,
    // A smoke test: whether an agent works that orchd knows nothing of.
    only: ['is driven'],
  },
]

/** Another endpoint for it, and nothing that it would fetch. */
function openCode(url: string): JsonObject {
  const service = {
    npm: '@ai-sdk/anthropic',
    options: { baseURL: `${url}/v1`, apiKey: 'sk-not-a-key' },
    models: { 'claude-opus-5-5': { name: 'Claude', limit: { context: 200_000, output: 8000 } } },
  }
  const config = {
    provider: { service },
    model: 'service/claude-opus-5-5',
    small_model: 'service/claude-opus-5-5',
    share: 'disabled',
  }
  return {
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
  }
}
