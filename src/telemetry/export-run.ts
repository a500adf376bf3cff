import type { RunId } from '../base/ids.ts'
import { OrchdError } from '../base/errors.ts'
import type { Journal } from '../ports/journal.ts'
import { reduce } from '../run/reduce.ts'
import type { RunState } from '../run/state.ts'
import type { Exporter } from './exporter.ts'
import { portionSize } from './outbox.ts'
import type { SpanRecord } from './span.ts'
import { spansOf } from './spans.ts'
import { type FolderOf, toolSpans } from './tool-spans.ts'

type Parts = {
  readonly journal: Pick<Journal, 'eventsOf'>
  readonly exporter: Exporter
  readonly redact: (span: SpanRecord) => SpanRecord
  readonly folderOf: FolderOf
}

/**
 * Sends all spans that a run has so far, whether or not they were sent before, and tells how many the receiver took.
 *
 * @throws OrchdError RUN_NOT_FOUND, COLLECTOR_UNREACHABLE
 */
export async function exportRun(runId: RunId, { journal, exporter, redact, folderOf }: Parts): Promise<number> {
  const spans = allSpans(runId, journal, folderOf).map(redact)
  if (spans.length === 0) throw new OrchdError('RUN_NOT_FOUND', `there is no run "${runId}"`)
  let taken = 0
  for (let at = 0; at < spans.length; at += portionSize) {
    const portion = spans.slice(at, at + portionSize)
    const result = await exporter.send(portion)
    if (!result.accepted) {
      throw new OrchdError('COLLECTOR_UNREACHABLE', `${taken} of ${spans.length} spans were sent: ${result.reason}`)
    }
    taken += portion.length - result.rejected
  }
  return taken
}

function allSpans(runId: RunId, journal: Pick<Journal, 'eventsOf'>, folderOf: FolderOf): SpanRecord[] {
  const spans: SpanRecord[] = []
  let run: RunState | null = null
  for (const entry of journal.eventsOf(runId)) {
    const after: RunState = reduce(run, entry)
    spans.push(...spansOf(run, entry, after), ...toolSpans(run, entry, after, folderOf))
    run = after
  }
  return spans
}
