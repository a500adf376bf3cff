import type { SessionNotification, ToolCallContent } from '@agentclientprotocol/sdk'
import type { AgentEvent } from '../events.ts'
import { type SessionFailure, sessionFailureIn } from './session-failure.ts'

type Update = SessionNotification['update']
type ToolUpdate = Extract<Update, { readonly sessionUpdate: 'tool_call' | 'tool_call_update' }>

/**
 * Turns the updates of a session into events. Messages come in pieces, and are told whole: when something else follows,
 * and at the end (`flush`).
 */
export class Updates {
  readonly #tell: (event: AgentEvent) => void
  readonly #begun = new Set<string>()
  readonly #over = new Set<string>()
  #text = ''
  #message: string | null = null
  /** What the session has cost up to now, in USD; `null`: not told. */
  costUsd: number | null = null
  /** What has failed for good, as far as it tells. */
  failure: SessionFailure | null = null

  constructor(tell: (event: AgentEvent) => void) {
    this.#tell = tell
  }

  take(update: Update): void {
    this.#failed(sessionFailureIn(update))
    if (update.sessionUpdate === 'agent_message_chunk') {
      const message = update.messageId ?? null
      if (message !== this.#message) this.flush()
      this.#message = message
      if (update.content.type === 'text') this.#text += update.content.text
    } else if (update.sessionUpdate === 'tool_call' || update.sessionUpdate === 'tool_call_update') {
      this.flush()
      this.#tool(update)
    } else if (update.sessionUpdate === 'usage_update' && update.cost?.currency === 'USD') {
      this.costUsd = update.cost.amount
    }
  }

  flush(): void {
    const text = this.#text.trim()
    this.#text = ''
    this.#message = null
    if (text !== '') this.#tell({ type: 'text', text })
  }

  #failed(failure: SessionFailure | null): void {
    if (failure?.isWarning === true) this.#tell({ type: 'retry', message: failure.text })
    else this.failure = failure ?? this.failure
  }

  #tool({ toolCallId: id, status, title, name, kind, content }: ToolUpdate): void {
    const detail = detailOf(content ?? [], title ?? null)
    if (!this.#begun.has(id)) {
      this.#begun.add(id)
      this.#tell({ type: 'tool', id, name: name ?? kind ?? null, status: 'started', detail: title ?? null })
    }
    if ((status !== 'completed' && status !== 'failed') || this.#over.has(id)) return
    this.#over.add(id)
    this.#tell({ type: 'tool', id, name: null, status: status === 'completed' ? 'succeeded' : 'failed', detail })
  }
}

/** The files that it changed, else the text that it gives, else the title. */
function detailOf(content: readonly ToolCallContent[], title: string | null): string | null {
  const diffs = content.flatMap((part) => (part.type === 'diff' ? [changeOf(part)] : []))
  if (diffs.length > 0) return diffs.join(', ')
  const texts = content.flatMap((part) =>
    part.type === 'content' && part.content.type === 'text' ? [part.content.text] : [],
  )
  return texts.length > 0 ? texts.join('\n') : title
}

/** `path (+2 -1)`: lines between those that are the same at the beginning and at the end. */
function changeOf({ path, oldText, newText }: { path: string; oldText?: string | null; newText: string }): string {
  const [old, young] = [linesOf(oldText ?? ''), linesOf(newText)]
  const most = Math.min(old.length, young.length)
  let head = 0
  while (head < most && old[head] === young[head]) head++
  let tail = 0
  while (tail < most - head && old.at(-1 - tail) === young.at(-1 - tail)) tail++
  return `${path} (+${young.length - head - tail} -${old.length - head - tail})`
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
