import type { JsonObject } from '../base/json.ts'

/**
 * An agent as `orchd agents --json` and `GET /api/v1/agents` tell it: what the registry says, what is installed, and how
 * things stand with it now. Times are RFC 3339 UTC. Its schema is `schemas/agents.schema.json`.
 */
export type AgentReport = {
  readonly name: string
  /** Whether the registry has it; else it is one that plans may name anyway. */
  readonly configured: boolean
  /** `unavailable`: something is missing, as `why` says. */
  readonly state: 'active' | 'experimental' | 'blocked' | 'unavailable'
  /** Why it could not begin a step, and what to do about it; `null`: nothing is known to be missing. */
  readonly why: string | null
  readonly help: string | null
  readonly type: string
  /** How it is spoken with: as a program, over ACP, MCP or an API, or not at all because it is a part of orchd. */
  readonly interface: 'headless' | 'acp' | 'mcp' | 'api' | 'built_in'
  /** The file of its program; `null`: it has none, or it is not found. */
  readonly program: string | null
  /** As its program told it; `null`: not known. */
  readonly version: string | null
  /** How it gets at its service, in words, without any secret; `null`: by nothing that is known. */
  readonly login: string | null
  readonly capabilities: readonly string[]
  readonly permissions: JsonObject
  readonly sandbox: 'required' | 'preferred' | 'off'
  readonly price: JsonObject | null
  readonly health: AgentHealth
  readonly slots: { readonly used: number; readonly max_parallel: number | null }
  readonly credential: AgentCredential
  /** What trying it gave; `null`: it was not tried. */
  readonly checks: readonly AgentCheck[] | null
}

/** `none`: it has no health check; `unchecked`: no run has needed it yet. */
export type AgentHealth = {
  readonly status: 'none' | 'unchecked' | 'healthy' | 'degraded' | 'down'
  readonly why: string | null
  readonly since: string | null
  readonly asked_at: string | null
  /** `null`: not before a run needs it. */
  readonly next_at: string | null
}

export type AgentCredential = {
  readonly name: string
  readonly used: number
  readonly max_parallel: number | null
  /** `parked` until a moment, or `stopped` until a person lets it go on. */
  readonly state: 'free' | 'parked' | 'stopped'
  readonly cause: string | null
  readonly until: string | null
}

export type AgentCheck = {
  readonly what: 'program' | 'version' | 'login' | 'sandbox' | 'health'
  readonly result: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly message: string
  readonly help: string | null
}

/** `only`: these agents; `null`: all of them. */
export type AgentsQuery = { readonly only: readonly string[] | null; readonly check: boolean }
