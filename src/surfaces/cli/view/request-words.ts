import type { RequestAnalysis } from '../../../plan/request/analysis.ts'
import type { Palette } from './palette.ts'
import { safeLine } from './safe-text.ts'

/** What a request was taken for, why, which steps it takes and who would do them: for people, before it runs. */
export function requestLines({ type, size, reasons, steps }: RequestAnalysis, paint: Palette): readonly string[] {
  const widest = Math.max(0, ...steps.map(({ id }) => id.length))
  const agents = Math.max(0, ...steps.map(({ agent }) => (agent ?? 'orchd').length))
  return [
    paint.strong(safeLine(`${type}, ${size}`)),
    ...reasons.map((reason) => paint.faint(`  ${safeLine(reason, 160)}`)),
    ...steps.flatMap(({ id, why, agent, agent_why: agentWhy, fallback, depends_on: after }) => {
      const behind = after.length === 0 ? '' : `  after ${after.join(', ')}`
      const next = fallback.length === 0 ? '' : `; then ${fallback.join(', ')}`
      const reasonLines = [why, ...(agentWhy === null ? [] : [`${agentWhy}${next}`])]
      return [
        `  ${id.padEnd(widest)}  ${paint.busy((agent ?? 'orchd').padEnd(agents))}${behind}`.trimEnd(),
        ...reasonLines.map((line) => `  ${' '.repeat(widest)}  ${paint.faint(safeLine(line, 160))}`),
      ]
    }),
  ]
}
