import type { Client, RunFact } from '../../../ports/client.ts'
import type { CliDeps } from '../deps.ts'
import { readableStream } from '../view/readable.ts'
import type { RunView } from '../view/run-view.ts'

/** As many logs as a screen can show the last line of without asking much of the holder. */
const mostFollowed = 8

/** Keeps the last line that running steps printed, for the tree. A log that cannot be read is an empty one here. */
export class LastLines {
  readonly lines: ReadonlyMap<string, string>
  readonly #lines = new Map<string, string>()
  readonly #following = new Map<string, AbortController>()
  readonly #client: () => Client
  readonly #readable: CliDeps['readable']
  readonly #changed: () => void

  /** @param client the client of this moment: it is another one after the holder was lost */
  constructor(client: () => Client, readable: CliDeps['readable'], changed: () => void) {
    this.lines = this.#lines
    this.#readable = readable
    this.#client = client
    this.#changed = changed
  }

  /** What runs already when watching begins. */
  begin(view: RunView): void {
    for (const { id, shown } of view.steps)
      if (shown.status === 'running') this.#start(view.runId, id, shown.attempt, shown.agent)
  }

  fact(fact: RunFact): void {
    if (fact.type === 'attempt_started') this.#start(fact.run_id, fact.step, fact.attempt, fact.agent)
    else if (fact.type === 'attempt_finished' || fact.type === 'attempt_lost') this.#forget(fact.step)
  }

  close(): void {
    for (const step of this.#following.keys()) this.#forget(step)
  }

  #start(run: string, step: string, attempt: number, agent: string): void {
    if (this.#following.size < mostFollowed) void this.#follow(run, step, attempt, agent)
  }

  #forget(step: string): void {
    this.#following.get(step)?.abort()
    this.#following.delete(step)
    this.#lines.delete(step)
  }

  async #follow(run: string, step: string, attempt: number, agent: string): Promise<void> {
    const stop = new AbortController()
    this.#following.get(step)?.abort()
    this.#following.set(step, stop)
    try {
      const text = readableStream(await this.#readable(agent))
      let line = ''
      for await (const chunk of this.#client().log(run, step, { attempt, follow: true }, stop.signal)) {
        if (stop.signal.aborted) return
        line = lastLineOf(line + text.push(chunk))
        this.#lines.set(step, line)
        this.#changed()
      }
    } catch {
      // Only a decoration: the run itself is followed elsewhere, and tells of trouble there.
    }
  }
}

/** What stands behind the last line end, or the last whole line when nothing does. */
function lastLineOf(text: string): string {
  const lines = text.slice(-4000).split(/[\r\n]+/u)
  const last = lines.at(-1) ?? ''
  return last === '' && lines.length > 1 ? `${lines.at(-2)}\n` : last
}
