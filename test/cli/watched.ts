import { runId, type Instant } from '../../src/base/ids.ts'
import type { RunFact } from '../../src/ports/client.ts'
import type { RunResponse } from '../../src/ports/response.ts'
import { responseOf } from '../../src/report/response.ts'
import type { JournalEvent } from '../../src/run/event.ts'
import { factsOf } from '../../src/run/facts.ts'
import { applyFact } from '../../src/surfaces/cli/view/apply-fact.ts'
import { viewOf } from '../../src/surfaces/cli/view/view-of.ts'
import type { RunView } from '../../src/surfaces/cli/view/run-view.ts'
import { committedOf } from '../support/journals.ts'
import type { KernelRun } from '../support/runs.ts'

export const entriesOf = ({ state, events }: KernelRun): JournalEvent[] =>
  events.map((event, index) => ({ seq: index + 1, runId: runId(state.id), event }))

/** What a stream tells of these events. */
export function factsIn(entries: readonly JournalEvent[]): RunFact[] {
  return committedOf(entries).flatMap(({ before, entry, after }) =>
    factsOf(before, entry, after).map((fact) => ({ ...fact, run_id: entry.runId })),
  )
}

export const snapshot = (run: KernelRun, now: Instant = run.now): RunResponse =>
  responseOf(run.state, now, run.events.length)

/** The run as somebody sees it who followed it from its start. */
export function followed(run: KernelRun): RunView {
  const view = viewOf(snapshot(run), { fromStart: true })
  for (const fact of factsIn(entriesOf(run))) applyFact(view, fact)
  return view
}

export function shownIn(view: RunView, id: string): RunView['steps'][number]['shown'] {
  const step = view.byId.get(id)
  if (step === undefined) throw new Error(`the view has no step "${id}"`)
  return step.shown
}
