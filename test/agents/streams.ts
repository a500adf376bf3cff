import { readFileSync } from 'node:fs'
import { nothingSeen, see, type Seen } from '../../src/agents/cli/seen.ts'
import type { AgentEvent, LineParser } from '../../src/agents/events.ts'
import type { Ended } from '../../src/agents/process/ended.ts'

/** The events of a recorded stream. */
export function eventsOf(name: string, parse: LineParser): readonly AgentEvent[] {
  const text = readFileSync(`test/fixtures/streams/${name}.jsonl`, 'utf8')
  return text.split('\n').flatMap((line) => (line === '' ? [] : parse(line)))
}

export const seenOf = (events: readonly AgentEvent[]): Seen =>
  events.reduce((seen, event) => see(seen, event), nothingSeen)

/** The end of a process that nobody on our side wished. */
export const exited = (exitCode: number | null, signal: number | null = null): Ended => ({
  reason: 'exited',
  exitCode,
  signal,
  outputBytes: 1,
  outputsBytes: 0,
  durationMs: 1,
  left: 0,
  text: null,
})
