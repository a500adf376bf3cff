import type { AgentReport } from '../../../ports/agents.ts'
import { healthWord, healthWords, paintOf, quotaHelp, quotaWord, quotaWords, slotWords } from './agent-words.ts'
import type { Palette } from './palette.ts'
import { safeLine } from './safe-text.ts'
import { columnsOf, cutToColumns, padColumns } from './width.ts'
import { wrapped } from './wrapped.ts'

const heads = ['AGENT', 'STATE', 'VIA', 'VERSION', 'HEALTH', 'SLOTS', 'QUOTA'] as const
/** The column with names is what gives way on a narrow terminal. */
const leastName = 12
const gap = '  '

/** All agents, a line each, and below it what is wrong with one and what to do. `columns`: how wide it may be. */
export function agentsTable(agents: readonly AgentReport[], columns: number, now: number, paint: Palette): string[] {
  const rows = agents.map((agent) => cellsOf(agent))
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => columnsOf(row[at] ?? ''))))
  const [name = 0, ...others] = widths
  const room = columns - others.reduce((sum, width) => sum + width + gap.length, 0)
  const nameWidth = Math.min(name, Math.max(leastName, room))
  const line = (cells: readonly string[], paintState = (text: string): string => text): string =>
    cells
      .map((cell, at) => {
        const width = at === 0 ? nameWidth : (widths[at] ?? 0)
        const padded = padColumns(cutToColumns(cell, width), at === heads.length - 1 ? 0 : width)
        return at === 1 ? paintState(padded) : padded
      })
      .join(gap)
      .trimEnd()
  const body = agents.flatMap((agent, at) => [
    line(rows[at] ?? [], paintOf(agent.state, paint)),
    ...troubles(agent, now).flatMap(([what, todo]) => [
      ...wrapped(safeLine(what), '  ', columns),
      ...(todo === null ? [] : wrapped(safeLine(todo), '    -> ', columns).map(paint.faint)),
    ]),
  ])
  return [paint.faint(line(heads)), ...body]
}

const cellsOf = (agent: AgentReport): readonly string[] => [
  safeLine(agent.name, 64),
  agent.state,
  agent.interface === 'built_in' ? 'built in' : agent.interface,
  cutToColumns(safeLine(agent.version ?? '-', 40), 12),
  healthWord(agent.health),
  slotWords(agent),
  quotaWord(agent.credential),
]

/** What is not well with an agent, each with what to do about it. */
function troubles({ why, help, health, credential }: AgentReport, now: number): (readonly [string, string | null])[] {
  const isIll = health.status === 'degraded' || health.status === 'down'
  const quota = quotaWords(credential, now)
  return [
    ...(why === null ? [] : [[why, help] as const]),
    ...(isIll ? [[healthWords(health, now), null] as const] : []),
    ...(quota === null ? [] : [[quota, quotaHelp(credential)] as const]),
  ]
}
