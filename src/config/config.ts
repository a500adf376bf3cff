import type { JsonObject } from '../base/json.ts'
import type { ReviewPolicy } from '../plan/review-policy.ts'

/** The file of the project's settings, in the project folder. */
export const configFileName = 'orchestrator_config.yaml'

/** What holds for this process: `orchestrator_config.yaml` under the environment, defaults filled in, units in the names. */
export type Config = {
  /** MAX_PARALLEL_AGENTS: slots of the state folder, never exceeded. */
  readonly maxParallelAgents: number
  /** ORCHESTRATOR_PORT. */
  readonly port: number
  /** Whether somebody asked for this port; otherwise the next free one will do. */
  readonly portIsExplicit: boolean
  readonly enableCursorCli: boolean
  /** CODEX_SANDBOX_TIMEOUT: for one sandboxed command, not for the attempt. */
  readonly codexSandboxTimeoutMs: number
  /** ENABLE_TRACE_LOGGING: spans are written to the log too. */
  readonly traceLogging: boolean
  /** Names that are secret beside the built-in list and the name pattern (`secrets:`). */
  readonly secrets: readonly string[]
  readonly telemetry: TelemetryConfig
  /** Absolute path of the watched folder. */
  readonly inbox: string
  /** How long a drain waits for work of its own (never for running steps: they are adopted). */
  readonly drainTimeoutMs: number
  /** Below this much free space no attempt starts. */
  readonly diskLowBytes: number
  /** Below this much free space the holder drains. */
  readonly diskCriticalBytes: number
  /** What all runs of a day (UTC) may cost together. `null`: no limit. */
  readonly dailyBudgetUsd: number | null
  readonly github: GitHubConfig
  /** What `require_tests: true` runs. */
  readonly testCommand: string | null
  /** The gate on changes, before plans tighten it. */
  readonly review: ReviewPolicy
  /** What a change outside of the `writes` of its step is. */
  readonly writesOutside: 'error' | 'warning'
  /** How agents are confined where neither plan nor step says otherwise. */
  readonly sandbox: 'required' | 'preferred' | 'off'
  /** The most attempts at once under a credential, by its name, whichever agents they go to. */
  readonly credentialCaps: ReadonlyMap<string, number>
  /** The registry by name, the built-in agents first. */
  readonly agents: ReadonlyMap<string, AgentEntry>
}

/** Where pull requests go. Addresses have no slash at their end. */
export type GitHubConfig = {
  readonly url: string
  /** `null`: where GitHub has its API for such a server. */
  readonly apiUrl: string | null
}

export type TelemetryConfig = {
  readonly enabled: boolean
  /** Where spans are posted (OTLP over HTTP), `/v1/traces` included. `null` when tracing is off. */
  readonly tracesUrl: string | null
  /** Values are secrets: never shown. */
  readonly headers: { readonly [name: string]: string }
  /** Base address of the Jaeger page, for links. */
  readonly jaegerUrl: string | null
}

export const agentTypes = ['mcp_native', 'api', 'cli_wrapper', 'acp', 'shell', 'simulated'] as const
export type AgentType = (typeof agentTypes)[number]
export type AgentStatus = 'active' | 'experimental' | 'blocked'

/** One agent of the registry, with what the maps `permissions` and `health_checks` say of it. */
export type AgentEntry = {
  readonly name: string
  readonly type: AgentType
  readonly status: AgentStatus
  /** Why it is blocked. */
  readonly blocker: string | null
  readonly capabilities: readonly string[]
  /** As written: texts may hold `${NAME}`, see `resolveConnection`. */
  readonly connection: Connection | null
  readonly limits: AgentLimits
  readonly price: JsonObject | null
  readonly permissions: JsonObject | null
  readonly healthCheck: HealthCheck | null
  /** True for `shell` and `simulated`, which are always there. */
  readonly builtIn: boolean
}

export type Connection = { readonly method: string; readonly config: JsonObject }
/** `credential` names what several agents share. `null`: no cap of its own, a credential of its own. */
export type AgentLimits = { readonly maxParallel: number | null; readonly credential: string | null }

export type HealthCheck = {
  readonly endpoint: string | null
  readonly command: string | null
  readonly intervalMs: number
  readonly timeoutMs: number
}

/** Where a setting came from, for `orchd doctor`. */
export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'file'; readonly file: string; readonly line: number }
  | { readonly from: 'environment'; readonly name: string }

/** By the setting's name in the file: `max_parallel_agents`, `telemetry.endpoint`, `agents.claude_code`. */
export type Origins = ReadonlyMap<string, Origin>
