import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type Json } from '../base/json.ts'
import type { RunId, StepId } from '../base/ids.ts'
import { type ToolCall, type ToolCalls, toolCallsName } from '../ports/tool-calls.ts'
import type { JournalEvent } from '../run/event.ts'
import { indexOf } from '../run/find.ts'
import type { RunState } from '../run/state.ts'
import { cicd, errorType, genAi, own } from './conventions.ts'
import { attemptSpanId, toolSpanId, traceIdOf } from './ids.ts'
import { runAttributes } from './run-spans.ts'
import { attributes, spanName, type SpanRecord } from './span.ts'

/** Where an attempt left its files; `null`: this holder does not know. */
export type FolderOf = (run: RunId, step: StepId, attempt: number) => string

/**
 * The calls of tools of an attempt that has ended, below its span. Not from the journal but from a file that the attempt
 * left: as long as that is there, the same event gives the same spans.
 */
export function toolSpans(
  before: RunState | null,
  { event }: JournalEvent,
  after: RunState,
  folderOf: FolderOf,
): readonly SpanRecord[] {
  if (before === null || event.type !== 'attempt_finished') return []
  const { step, attempt, at } = event
  const index = indexOf(before, step, true)
  const was = index === undefined ? undefined : before.states.get(index)
  if (index === undefined || was?.status !== 'running' || was.attempt !== attempt) return []
  if (before.steps.get(index).spec.body.kind === 'run' || before.simulate !== 'none') return []
  const { calls, more } = readCalls(folderOf(after.id, step, attempt))
  if (calls.length === 0 && more === 0) return []
  const within = (instant: number): number => Math.min(Math.max(instant, was.startedAt), Math.max(was.startedAt, at))
  const common = { ...runAttributes(after), [cicd.taskName]: step, [cicd.taskRunId]: `${after.id}/${step}/${attempt}` }
  const base = {
    traceId: traceIdOf(after.id),
    parentSpanId: attemptSpanId(after.id, step, attempt),
    kind: 'internal' as const,
    links: [],
  }
  const spans = calls.map((call, number): SpanRecord => {
    const startAt = within(call.startAt)
    return {
      ...base,
      spanId: toolSpanId(after.id, step, attempt, number),
      name: spanName(`execute_tool ${call.name}`),
      startAt,
      endAt: Math.max(startAt, within(call.endAt)),
      attributes: attributes({
        ...common,
        [genAi.operation]: 'execute_tool',
        [genAi.toolName]: call.name,
        [genAi.toolCallId]: call.id,
        [errorType]: call.failed ? 'tool_error' : null,
      }),
      error: call.failed ? { message: 'the tool failed' } : null,
    }
  })
  if (more === 0) return spans
  const end = Math.max(was.startedAt, at)
  const rest = {
    ...base,
    spanId: toolSpanId(after.id, step, attempt, calls.length),
    name: 'execute_tool (more)',
    startAt: end,
    endAt: end,
    attributes: attributes({ ...common, [own.moreToolCalls]: more }),
    error: null,
  }
  return [...spans, rest]
}

const none: ToolCalls = { calls: [], more: 0 }

/** A file that is not there, or not as it was written, tells of no calls. */
function readCalls(folder: string): ToolCalls {
  const file = join(folder, toolCallsName)
  // Most attempts leave none: a look costs a fraction of an error.
  if (!existsSync(file)) return none
  try {
    const value: Json = JSON.parse(readFileSync(file, 'utf8'))
    if (!isJsonObject(value) || !Array.isArray(value['calls'])) return none
    const { more } = value
    return { calls: value['calls'].flatMap(callFrom), more: typeof more === 'number' ? more : 0 }
  } catch {
    return none
  }
}

function callFrom(value: Json): ToolCall[] {
  if (!isJsonObject(value)) return []
  const { id, name, startAt, endAt, failed } = value
  if (typeof id !== 'string' || typeof name !== 'string') return []
  if (typeof startAt !== 'number' || typeof endAt !== 'number') return []
  return [{ id, name, startAt, endAt, failed: failed === true }]
}
