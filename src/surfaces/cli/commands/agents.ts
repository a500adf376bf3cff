import type { AgentReport } from '../../../ports/agents.ts'
import type { CliDeps, Output } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { agentCheckLines, counts, isFine, isTried } from '../view/agent-checks.ts'
import { agentDetails } from '../view/agent-details.ts'
import { agentsTable } from '../view/agents-table.ts'
import { paletteFor } from '../view/palette.ts'

export type AgentsOptions = { readonly json: boolean; readonly check: boolean; readonly state: string | null }

/** A pipe or a file is as wide as it needs to be. */
const widthOf = ({ isTTY, columns }: Output): number =>
  isTTY === true && columns !== undefined && columns > 0 ? columns : Number.POSITIVE_INFINITY

/**
 * `orchd agents [NAME] [--check]`: who could do the work of steps here, how things stand with each, and what keeps it
 * from working. With `check` each is tried, and the exit code is 1 when one of those that count is not fine.
 */
export async function agents(deps: CliDeps, name: string | null, options: AgentsOptions): Promise<number> {
  const { json, check, state } = options
  const all = await deps.agents({ only: name === null ? null : [name], check, state })
  const paint = paletteFor(deps.stdout, deps.env)
  const columns = widthOf(deps.stdout)
  const now = Date.now()
  const lines = json
    ? [JSON.stringify({ agents: all }, null, 2)]
    : check
      ? all
          .filter((agent) => name !== null || isTried(agent))
          .flatMap((agent) => agentCheckLines(agent, columns, now, paint))
      : name === null
        ? agentsTable(all, columns, now, paint)
        : all.flatMap((agent) => agentDetails(agent, columns, now, paint))
  deps.stdout.write(`${lines.join('\n')}\n`)
  if (!check) return exitCodes.ok
  const { text, code } = verdict(all, name)
  deps.stderr.write(`${text}\n`)
  return code
}

function verdict(all: readonly AgentReport[], name: string | null): { readonly text: string; readonly code: number } {
  const counted = name === null ? all.filter(counts) : all
  if (counted.length === 0)
    return { text: 'no agent can be used here; docs/agents.md says how to get one', code: exitCodes.failed }
  const bad = counted.filter((agent) => agent.state === 'blocked' || !isFine(agent))
  if (bad.length === 0) return { text: `all fine: ${names(counted)}`, code: exitCodes.ok }
  return { text: `not fine: ${names(bad)}`, code: exitCodes.failed }
}

const names = (all: readonly AgentReport[]): string => all.map(({ name }) => name).join(', ')
