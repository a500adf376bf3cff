import type { Instant } from '../../base/ids.ts'
import type { AgentEvent, Finished, TokenUsage } from '../events.ts'

/** What the events of an attempt come to: as much of them as its result needs, however many there were. */
export type Seen = {
  readonly session: string | null
  readonly lastText: string | null
  readonly usage: TokenUsage | null
  /** `null`: not told, which is not zero. */
  readonly costUsd: number | null
  /** Tools that were refused to it, each once: the first ones, which is more than a message has room for. */
  readonly denied: readonly string[]
  /** Why, for the first of them that tells. */
  readonly deniedWhy: string | null
  readonly lastRetry: string | null
  /** When its service can be asked again, by the last word on that. */
  readonly retryAt: Instant | null
  readonly lastNoise: string | null
  /** Whether it did anything at all: a message or a tool. */
  readonly acted: boolean
  readonly finished: Finished | null
}

export const nothingSeen: Seen = {
  session: null,
  lastText: null,
  usage: null,
  costUsd: null,
  denied: [],
  deniedWhy: null,
  lastRetry: null,
  retryAt: null,
  lastNoise: null,
  acted: false,
  finished: null,
}

/** Pure. What comes behind the end does not change the end. */
export function see(seen: Seen, event: AgentEvent): Seen {
  switch (event.type) {
    case 'started':
      return { ...seen, session: event.session ?? seen.session }
    case 'text':
      return { ...seen, lastText: event.text, lastRetry: null, acted: true }
    case 'tool':
      return { ...seen, lastRetry: null, acted: true }
    case 'retry':
      return { ...seen, lastRetry: event.message, retryAt: event.retryAt ?? seen.retryAt }
    case 'permission':
      return {
        ...seen,
        denied: withDenied(seen.denied, event.tool),
        deniedWhy: seen.deniedWhy ?? event.message,
      }
    case 'usage':
      return { ...seen, usage: event.usage ?? seen.usage, costUsd: event.costUsd ?? seen.costUsd }
    case 'finished':
      if (seen.finished !== null) return seen
      return { ...seen, finished: event, retryAt: event.retryAt ?? seen.retryAt }
    case 'noise':
      return { ...seen, lastNoise: event.text }
  }
}

const mostDenied = 50

const withDenied = (denied: readonly string[], tool: string): readonly string[] =>
  denied.length >= mostDenied || denied.includes(tool) ? denied : [...denied, tool]

/** Whether it shows no more than that the process lives. */
export const isBeside = ({ type }: AgentEvent): boolean => type === 'noise' || type === 'retry'

/** Whether an event shows that the work goes on: retries do not, nor does what the agent says beside its stream. */
export const isProgress = ({ type }: AgentEvent): boolean => type !== 'retry' && type !== 'noise' && type !== 'started'
