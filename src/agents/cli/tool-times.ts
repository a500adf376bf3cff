import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentEvent } from '../events.ts'
import type { ToolCall, ToolCalls } from '../../ports/tool-calls.ts'
import { toolCallsName } from '../../ports/tool-calls.ts'

/** So many calls of an attempt are kept by name and time; of the others, how many there were. */
const mostCalls = 200
/** Of its name, and of its id. */
const longestName = 100

/** The calls of tools that an agent tells of while it is watched: when each began and ended, as it was told. */
export class ToolTimes {
  readonly #shown: (text: string) => string
  readonly #open = new Map<string, { readonly name: string; readonly startAt: number }>()
  readonly #calls: ToolCall[] = []
  /** Of those that are kept: some agents tell each event twice. */
  readonly #kept = new Set<string>()
  #more = 0

  /** @param redact takes secrets out of a text: before it is cut, because a part of a secret is not found any more */
  constructor(redact: (text: string) => string) {
    this.#shown = (text) => redact(text).slice(0, longestName)
  }

  take(event: AgentEvent, at: number): void {
    if (event.type !== 'tool') return
    const { name, status } = event
    const id = this.#shown(event.id)
    if (status === 'started') {
      if (this.#kept.has(id) || this.#open.has(id)) return
      if (this.#open.size >= mostCalls) this.#more++
      else this.#open.set(id, { name: this.#shown(name ?? 'a tool'), startAt: at })
      return
    }
    const begun = this.#open.get(id)
    if (begun === undefined) return
    this.#open.delete(id)
    this.#keep({ id, ...begun, endAt: at, failed: status === 'failed' })
  }

  /** What was told before anybody watched has no times: it is counted. */
  count(event: AgentEvent): void {
    if (event.type === 'tool' && event.status === 'started') this.#more++
  }

  /** @param endAt when the attempt was over: so were the calls of which no end was told */
  calls(endAt: number): ToolCalls {
    for (const [id, begun] of this.#open) this.#keep({ id, ...begun, endAt, failed: true })
    this.#open.clear()
    return { calls: this.#calls, more: this.#more }
  }

  #keep(call: ToolCall): void {
    if (this.#calls.length >= mostCalls) this.#more++
    else {
      this.#calls.push(call)
      this.#kept.add(call.id)
    }
  }
}

/** Leaves them in the attempt's folder, for its spans. A full disk costs the spans. */
export function leaveToolCalls(folder: string, calls: ToolCalls): void {
  if (calls.calls.length === 0 && calls.more === 0) return
  try {
    writeFileSync(join(folder, toolCallsName), JSON.stringify(calls), { mode: 0o600 })
  } catch {
    // Nobody waits for them.
  }
}
