import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OrchdError } from '../base/errors.ts'
import type { Instant, RunId } from '../base/ids.ts'
import type { AgentAdapter, Attempt } from '../ports/agent.ts'
import type { Observer } from '../ports/observer.ts'
import type { ReportFormat, RunReport } from '../ports/report.ts'
import type { JournalEvent } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import type { DueReports } from './due.ts'
import { reportFormats, reportText } from './report-text.ts'
import { reportOf } from './run-report.ts'

export type ReportsOptions = {
  readonly due: DueReports
  /** Behind each change on the disk: where tests kill the process. */
  readonly behind: () => void
  readonly now: () => Instant
  readonly orchdVersion: string
  /** What happened in a run, in order. */
  readonly eventsOf: (run: RunId) => readonly JournalEvent[]
  readonly traceOf: (run: RunId) => RunReport['trace']
  readonly secretValues: readonly string[]
  readonly secretInputsOf: (run: RunState) => readonly string[]
  readonly warn: (error: OrchdError) => void
}

/** The reports of runs: as texts, and as the files that `run.report` names. */
export type Reports = {
  text(run: RunState, format: ReportFormat): string
  /** The adapter, with the report written before an attempt that is told of it begins. */
  before(run: RunState, adapter: AgentAdapter): AgentAdapter
  /** A run is about to be submitted whose report somebody reads. */
  expect(run: RunId): void
  /** Brings the files of a run up to date when it is over. */
  readonly observer: Observer
  /** The same for runs that were over when an earlier holder did not come to it. */
  catchUp(find: (run: RunId) => RunState | undefined): void
}

const endings = { json: 'json', markdown: 'md', html: 'html' } as const

export function createReports(options: ReportsOptions): Reports {
  const { due, behind, now, orchdVersion, eventsOf, traceOf, secretValues, secretInputsOf, warn } = options
  const reportNow = (run: RunState): RunReport =>
    reportOf(run, {
      now: now(),
      orchdVersion,
      trace: traceOf(run.id),
      events: eventsOf(run.id).map(({ event }) => event),
      secretValues: [...secretValues, ...secretInputsOf(run)],
    })
  const write = (run: RunState, file: string): void => {
    try {
      writeAll(reportNow(run), dirname(file), behind)
      if (run.phase === 'finished') due.remove(run.id)
      behind()
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      warn(new OrchdError('FILE_UNWRITABLE', `cannot write the report of run ${run.id}: ${why}`, { cause }))
    }
  }
  const expectAgain = (run: RunId): void => {
    try {
      due.add(run)
    } catch (cause) {
      warn(new OrchdError('FILE_UNWRITABLE', `cannot note that the report of run ${run} is due`, { cause }))
    }
  }
  return {
    text: (run, format) => reportText(reportNow(run), format),
    before(run, adapter) {
      const file = run.report
      if (file === undefined) return adapter
      const told = (attempt: Attempt): Attempt => {
        if (!isTold(attempt, file)) return attempt
        write(run, file)
        return { ...attempt, reads: [...attempt.reads, dirname(file)] }
      }
      return {
        name: adapter.name,
        start: (attempt, report) => adapter.start(told(attempt), report),
        attach: (attempt, report) => adapter.attach(told(attempt), report),
        stop: (key, reason) => adapter.stop(key, reason),
      }
    },
    expect: (run) => {
      due.add(run)
      behind()
    },
    observer(batch) {
      for (const { before, after } of batch) {
        if (after.report === undefined) continue
        if (after.phase === 'finished' && before?.phase !== 'finished') write(after, after.report)
        if (after.phase !== 'finished' && before?.phase === 'finished') expectAgain(after.id)
      }
    },
    catchUp(find) {
      for (const id of due.all()) {
        const run = find(id)
        if (run?.report === undefined) due.remove(id)
        else if (run.phase === 'finished') write(run, run.report)
      }
    },
  }
}

const isTold = ({ env, prompt }: Attempt, file: string): boolean =>
  (prompt?.includes(file) ?? false) || Object.values(env).some((value) => value.includes(file))

/** Each file whole or not at all: a step of an earlier attempt may be reading it. */
function writeAll(report: RunReport, folder: string, behind: () => void): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const format of reportFormats) {
    const file = join(folder, `report.${endings[format]}`)
    writeFileSync(`${file}.new`, reportText(report, format), { mode: 0o600 })
    behind()
    renameSync(`${file}.new`, file)
    behind()
  }
}
