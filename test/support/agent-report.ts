import type { AgentReport } from '../../src/ports/agents.ts'

/** An agent that is well and idle. */
export const agentReport = (name: string, more: Partial<AgentReport> = {}): AgentReport => ({
  name,
  configured: true,
  state: 'active',
  why: null,
  help: null,
  type: 'cli_wrapper',
  interface: 'headless',
  program: `/usr/bin/${name}`,
  version: '1.2.3',
  login: 'a key (KEY)',
  capabilities: [],
  permissions: {},
  sandbox: 'required',
  price: null,
  health: { status: 'none', why: null, since: null, asked_at: null, next_at: null },
  slots: { used: 0, max_parallel: null },
  credential: { name, used: 0, max_parallel: null, state: 'free', cause: null, until: null },
  checks: null,
  ...more,
})
