import type { JsonObject } from '../../base/json.ts'
import type { PermissionWords } from '../../plan/plan.ts'
import type { CliAgent, Sessions } from '../cli/agent.ts'

/** What is known of a program that lets an agent, which does not speak ACP itself, speak it. */
export type AcpAdapter = {
  readonly programs: readonly string[]
  readonly install: string
  /** The mode in which it asks for what these permissions do not give anyway; `confined`: in a sandbox of ours. */
  readonly mode: (permissions: PermissionWords, confined: boolean) => string | null
  /** The variable that chooses its model; `null`: the protocol does. */
  readonly modelVariable: string | null
  /** What it tells as the sum of a whole session that it was to go on in. */
  readonly sums: Sessions['sums']
  /** Beside the environment that the agent itself gets. */
  readonly env: (agent: CliAgent) => { readonly [name: string]: string }
  /** What it is told beside the protocol when a session begins, as `_meta`. */
  readonly session: (confined: boolean) => JsonObject | null
}

/** Claude Code's. Its adapter asks who has root's rights to say that this is a sandbox: else it makes no session. */
export const claudeAdapter: AcpAdapter = {
  programs: ['claude-agent-acp'],
  install: 'npm install -g @agentclientprotocol/claude-agent-acp',
  mode: () => 'default',
  // By its protocol it only takes the short names of its menu.
  modelVariable: 'ANTHROPIC_MODEL',
  sums: ['cost'],
  env: () => (process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {}),
  session: (confined) => {
    // Of the settings files only the project's count, as headless; its own sandbox does not start in ours.
    const settings = confined ? { settings: { sandbox: { enabled: false } } } : {}
    // Else it has a model think of a title beside the work, and tells what that cost only if it was done before the work.
    const title = 'orchd'
    return { claudeCode: { options: { title, promptSuggestions: false, settingSources: ['project'], ...settings } } }
  },
}

/** Codex's. It logs in with a key only when it is told to. */
export const codexAdapter: AcpAdapter = {
  programs: ['codex-acp'],
  install: 'npm install -g @agentclientprotocol/codex-acp',
  mode: ({ file_system: files }, confined) => {
    // Its own sandbox does not start in ours.
    if (confined) return 'agent-full-access'
    return files === 'read_only' || files === 'none' ? 'read-only' : 'workspace-write'
  },
  sums: [],
  modelVariable: null,
  env: ({ key, baseUrl }) => ({
    // It would ask the model once more, what a person might want next.
    CODEX_ACP_PROMPT_SUGGESTIONS: 'false',
    ...(baseUrl !== null ? providerAt(baseUrl) : key === null ? {} : loginByKey),
  }),
  session: () => null,
}

const loginByKey = { DEFAULT_AUTH_REQUEST: JSON.stringify({ methodId: 'api-key' }) }

const providerAt = (url: string): { readonly [name: string]: string } => {
  const orchd = { name: 'orchd', base_url: url, env_key: 'CODEX_API_KEY', wire_api: 'responses' }
  return {
    CODEX_CONFIG: JSON.stringify({ model_provider: 'orchd', model_providers: { orchd } }),
    MODEL_PROVIDER: 'orchd',
  }
}
