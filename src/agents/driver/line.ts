import { eventOf, wordAt } from '../cli/json-line.ts'
import type { AgentEvent, LineParser } from '../events.ts'

/** What a driver prints to show that the work goes on, while there is nothing to tell. */
export const aliveLine = '{"type":"alive"}'

/** A line that an agent says when its end is told already, or asked for: it explains nothing any more. */
export const lateLine = (text: string): string => JSON.stringify({ type: 'late', text })

/** What an agent says beside its protocol: some of it would pass for a line of the driver's own. */
export const besideLine = (text: string): string => (eventOf(text) === null ? text : eventLine({ type: 'noise', text }))

export const eventLine = (event: AgentEvent): string => JSON.stringify(event)

const types: ReadonlySet<string> = new Set<AgentEvent['type']>([
  'started',
  'text',
  'tool',
  'retry',
  'permission',
  'usage',
  'finished',
  'noise',
])

/** Reads what a driver prints: an event a line. Other lines are what its agent says on standard error. */
export const parseDriver: LineParser = (line) => {
  const object = eventOf(line)
  if (object === null) return [{ type: 'noise', text: line }]
  // Its standard output is written by `drive.ts` alone; the agent has no part in it.
  return types.has(wordAt(object, 'type')) ? [object as unknown as AgentEvent] : []
}
