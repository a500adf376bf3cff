import type { JsonObject } from '../../../base/json.ts'
import type { AgentReport } from '../../../ports/agents.ts'
import { healthWords, paintOf, quotaHelp, quotaWords } from './agent-words.ts'
import type { Palette } from './palette.ts'
import { safeLine } from './safe-text.ts'
import { wrapped } from './wrapped.ts'

/** One agent with all that is known of it, a line for each thing. */
export function agentDetails(agent: AgentReport, columns: number, now: number, paint: Palette): string[] {
  const { name, state, why, help, credential, slots } = agent
  const rows: (readonly [string, string | null])[] = [
    ['why not', why],
    ['do', help],
    [
      'spoken with',
      `${viaWords[agent.interface]}, type ${agent.type}${agent.configured ? '' : ', not in the registry'}`,
    ],
    ['program', agent.program ?? (agent.interface === 'headless' && state !== 'blocked' ? 'not found' : null)],
    ['version', agent.version],
    ['login', agent.login],
    ['health', agent.health.status === 'none' ? null : healthWords(agent.health, now)],
    ['slots', `${slots.used} in use${slots.max_parallel === null ? '' : ` of ${slots.max_parallel}`}`],
    ['credential', credentialWords(credential)],
    ['quota', quotaOf(credential, now)],
    ['capabilities', agent.capabilities.join(', ') || null],
    ['permissions', wordsIn(agent.permissions) ?? 'no word restricts it'],
    ['sandbox', sandboxWords[agent.sandbox]],
    ['price', agent.price === null ? null : `${wordsIn(agent.price) ?? 'none'} (USD)`],
  ]
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null)
  const width = Math.max(...shown.map(([label]) => label.length))
  return [
    `${paint.strong(safeLine(name, 64))}  ${paintOf(state, paint)(state)}`,
    ...shown.flatMap(([label, text]) => {
      const [first = '', ...rest] = wrapped(safeLine(text, 2000), `  ${label.padEnd(width)}  `, columns)
      return [paint.faint(first.slice(0, width + 4)) + first.slice(width + 4), ...rest]
    }),
  ]
}

function quotaOf(credential: AgentReport['credential'], now: number): string {
  const words = quotaWords(credential, now)
  return words === null ? 'free' : `${words}; ${quotaHelp(credential)}`
}

const viaWords: Readonly<Record<AgentReport['interface'], string>> = {
  headless: 'as a program (headless)',
  acp: 'over the Agent Client Protocol',
  mcp: 'as a tool of an MCP server',
  api: 'over an API',
  built_in: 'not at all: it is a part of orchd',
}

const sandboxWords: Readonly<Record<AgentReport['sandbox'], string>> = {
  required: 'required, unless plan or step say otherwise',
  preferred: 'preferred: without one where none starts, unless plan or step say otherwise',
  off: 'off: it has all your rights, unless plan or step say otherwise',
}

const credentialWords = ({ name, used, max_parallel: most }: AgentReport['credential']): string =>
  `${name}, ${used} in use${most === null ? '' : ` of ${most}`}`

/** `file_system read_write, network restricted`; `null`: there are none. */
function wordsIn(object: JsonObject): string | null {
  const words = Object.entries(object).map(
    ([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return words.length === 0 ? null : words.join(', ')
}
