import { isJsonObject } from '../../base/json.ts'
import type { AgentEvent, LineParser } from '../events.ts'

/** A line of an agent's stream as a person wants to read it: what it says and does, and what went wrong. */
export function readableLines(parse: LineParser): (line: string) => readonly string[] {
  return (line) => parse(line).flatMap(shown)
}

function shown(event: AgentEvent): readonly string[] {
  switch (event.type) {
    case 'text':
    case 'noise':
      return event.text.split('\n')
    case 'tool':
      return toolLines(event)
    case 'retry':
      return [`… ${event.message}`]
    case 'permission':
      return [`✗ not allowed: ${event.tool}${event.message === null ? '' : `: ${event.message}`}`]
    case 'finished':
      // A success has said what it has to say before.
      if (event.outcome === 'success') return isJsonObject(event.answer) ? [JSON.stringify(event.answer)] : []
      return [`✗ ${event.text ?? event.outcome}`]
    case 'started':
    case 'usage':
      return []
  }
}

function toolLines({ name, status, detail }: Extract<AgentEvent, { readonly type: 'tool' }>): readonly string[] {
  if (status === 'started') return [`▸ ${[name ?? 'a tool', detail].filter((part) => part !== null).join(' ')}`]
  return status === 'failed' ? [`  failed${detail === null ? '' : `: ${detail}`}`] : []
}
