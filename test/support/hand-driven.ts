import type { RunId, StepId } from '../../src/base/ids.ts'
import { EmbeddedEngine } from '../../src/engine/engine.ts'
import { openVault } from './vault.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { stepState } from '../../src/run/find.ts'
import { emptyRoster, type Roster } from '../../src/run/roster.ts'
import type { StepState } from '../../src/run/state.ts'
import { MemoryJournal } from './memory-store.ts'

type HandOptions = { readonly roster?: Roster; readonly journal?: MemoryJournal; readonly mark?: number }

/** An engine whose time passes, and whose attempts end, only when the test says so. */
export class HandDriven {
  readonly journal: MemoryJournal
  readonly engine: EmbeddedEngine
  now = 1_700_000_000_000
  /** The attempts that were started, oldest first: each ends when it is called. */
  readonly ends: ((result: AttemptResult) => void)[] = []
  readonly #due: { readonly at: number; readonly callback: () => void }[] = []

  constructor({ roster = emptyRoster, journal = new MemoryJournal(), mark = 0 }: HandOptions = {}) {
    this.journal = journal
    const clock: Clock = {
      now: () => this.now,
      soon: (callback) => void this.#due.push({ at: this.now, callback }),
      at: (at, callback) => {
        const timer = { at, callback }
        this.#due.push(timer)
        return { cancel: () => void this.#due.splice(this.#due.indexOf(timer) >>> 0, 1) }
      },
      random: () => 0,
    }
    this.engine = new EmbeddedEngine({
      stateFolder: '/state',
      journal: this.journal,
      clock,
      limit: 9,
      adapterFor: () => ({
        name: 'hand',
        start: (_attempt, report) => void this.ends.push(report),
        attach: async () => 'lost',
        stop() {},
      }),
      secretsFor: () => ({}),
      vault: openVault,
      traceparentOf: () => '',
      roster: () => roster,
      credentialMark: () => mark,
      mayStart: () => true,
      warn(error) {
        throw error
      },
    })
  }

  /** Lets all happen that is due by then. */
  pass(ms: number): void {
    const until = this.now + ms
    for (;;) {
      const next = this.#due.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#due.splice(this.#due.indexOf(next), 1)
      this.now = Math.max(this.now, next.at)
      next.callback()
    }
    this.now = until
  }

  /** Lets all happen that is due, however long it takes. */
  settle(): void {
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) {
      this.now = Math.max(this.now, next.at)
      next.callback()
    }
  }

  async submit(plan: Plan): Promise<RunId> {
    const submitted = this.engine.submit({
      plan,
      inputs: {},
      source: { file: 'plan.yaml', sha256: '', projectFolder: '/project' },
      simulate: 'none',
      path: null,
      requestId: null,
      key: null,
    })
    this.pass(0)
    return (await submitted).runId
  }

  step(run: RunId, id: StepId): StepState | undefined {
    return stepState(this.engine.get(run)!, id) // a run that was submitted here
  }
}
