import type { AgentCheck, AgentReport } from '../../../ports/agents.ts'
import { paintOf, quotaHelp, quotaWords } from './agent-words.ts'
import type { Palette } from './palette.ts'
import { safeLine } from './safe-text.ts'
import { wrapped } from './wrapped.ts'

const levels = { ok: 'ok', warning: 'warn', failed: 'fail', skipped: '-' } as const

/** What trying an agent gave, a line for each thing that it needs. */
export function agentCheckLines(agent: AgentReport, columns: number, now: number, paint: Palette): string[] {
  const { name, state, why } = agent
  const paints = { ok: paint.good, warning: paint.asks, failed: paint.bad, skipped: paint.faint }
  const lines = [...(agent.checks ?? []), ...quotaCheck(agent, now)].flatMap(({ what, result, message, help }) => {
    const level = levels[result].padEnd(4)
    const [first = '', ...rest] = wrapped(safeLine(message), `  ${level}  ${what.padEnd(7)}  `, columns)
    const todo = help === null ? [] : wrapped(safeLine(help), `${' '.repeat(17)}-> `, columns).map(paint.faint)
    return [`  ${paints[result](level)}${first.slice(6)}`, ...rest, ...todo]
  })
  const blocked = state === 'blocked' && why !== null ? wrapped(safeLine(why), '  ', columns) : []
  return [
    `${paint.strong(safeLine(name, 64))}  ${paintOf(state, paint)(state)}`,
    ...(state === 'blocked' ? blocked : lines),
  ]
}

/** No model is asked, so nothing shows whether a key is right that its service refused. */
function quotaCheck(
  { credential }: AgentReport,
  now: number,
): (Omit<AgentCheck, 'what'> & { readonly what: string })[] {
  const message = quotaWords(credential, now)
  if (message === null) return []
  return [
    {
      what: 'quota',
      result: credential.state === 'stopped' ? 'failed' : 'warning',
      message,
      help: quotaHelp(credential),
    },
  ]
}

/** Whether anything was tried with it. */
export const isTried = ({ checks }: AgentReport): boolean => (checks ?? []).some(({ result }) => result !== 'skipped')

/** Who counts for the exit code: all that the registry has or that could begin a step here, but none that is blocked. */
export const counts = ({ state, configured, interface: via }: AgentReport): boolean =>
  via !== 'built_in' && state !== 'blocked' && (configured || state !== 'unavailable')

export const isFine = ({ checks, credential }: AgentReport): boolean =>
  credential.state !== 'stopped' && (checks ?? []).every(({ result }) => result !== 'failed')
