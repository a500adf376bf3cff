import type { SessionNotification } from '@agentclientprotocol/sdk'
import type { AgentEvent } from '../events.ts'
import { type SessionFailure, sessionFailureIn } from './session-failure.ts'
import { Tools } from './tools.ts'

type Update = SessionNotification['update']

/** Far more than an output may have. */
const longestText = 2 ** 20
const cut = ' [...]'

/**
 * Turns the updates of a session into events. Messages come in pieces, and are told whole: when something else follows,
 * and at the end (`flush`).
 */
export class Updates {
  readonly #tell: (event: AgentEvent) => void
  readonly #tools: Tools
  #text = ''
  #message: string | null = null
  /** What the session has cost up to now, in USD; `null`: not told. */
  costUsd: number | null = null
  /** What has failed for good, as far as it tells. */
  failure: SessionFailure | null = null

  constructor(tell: (event: AgentEvent) => void) {
    this.#tell = tell
    this.#tools = new Tools(tell)
  }

  take(update: Update): void {
    this.#failed(sessionFailureIn(update))
    if (update.sessionUpdate === 'agent_message_chunk') {
      const message = update.messageId ?? null
      if (message !== this.#message) this.#flushText()
      this.#message = message
      if (update.content.type === 'text') this.#add(update.content.text)
    } else if (update.sessionUpdate === 'tool_call' || update.sessionUpdate === 'tool_call_update') {
      this.#flushText()
      this.#tools.take(update)
    } else if (update.sessionUpdate === 'usage_update' && update.cost?.currency === 'USD' && update.cost.amount > 0) {
      // Nothing is what an agent tells that knows no price of its model.
      this.costUsd = update.cost.amount
    }
  }

  flush(): void {
    this.#flushText()
    this.#tools.flush()
  }

  #add(piece: string): void {
    if (this.#text.length + piece.length <= longestText) this.#text += piece
    else if (!this.#text.endsWith(cut)) this.#text = this.#text.slice(0, longestText) + cut
  }

  #flushText(): void {
    const text = this.#text.trim()
    this.#text = ''
    this.#message = null
    if (text !== '') this.#tell({ type: 'text', text })
  }

  #failed(failure: SessionFailure | null): void {
    if (failure?.isWarning === true) this.#tell({ type: 'retry', message: failure.text })
    else this.failure = failure ?? this.failure
  }
}
