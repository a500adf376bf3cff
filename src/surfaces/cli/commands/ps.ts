import { formatDuration } from '../../../base/duration.ts'
import type { RunSummary } from '../../../ports/client.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { type Palette, paletteFor } from '../view/palette.ts'
import { safeLine } from '../view/safe-text.ts'
import { padColumns } from '../view/width.ts'

export type PsOptions = { readonly all: boolean; readonly json: boolean; readonly state: string | null }

const mostRuns = 10_000

/** `orchd ps`: the runs that are not finished, the newest first; with `--all` the finished ones too. */
export async function ps(deps: CliDeps, { all, json, state }: PsOptions): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const runs = await session.client.runs(mostRuns)
  const shown = all ? runs : runs.filter(({ finished_at: finishedAt }) => finishedAt === null)
  if (json) {
    deps.stdout.write(`${JSON.stringify(shown, null, 2)}\n`)
    return exitCodes.ok
  }
  const paint = paletteFor(deps.stdout, deps.env)
  const now = Date.now()
  for (const line of table(shown, now, paint)) deps.stdout.write(`${line}\n`)
  const hidden = runs.length - shown.length
  if (shown.length === 0) deps.stderr.write(hidden === 0 ? 'no runs yet: orchd run FILE\n' : 'no run is unfinished\n')
  if (hidden > 0) deps.stderr.write(`${hidden} finished; orchd ps --all lists them too\n`)
  return exitCodes.ok
}

function table(runs: readonly RunSummary[], now: number, paint: Palette): string[] {
  if (runs.length === 0) return []
  const rows = runs.map((run) => [
    run.run_id,
    safeLine(run.plan, 40),
    stateOf(run),
    run.steps === null ? '' : `${run.steps.finished}/${run.steps.total}`,
    `${formatDuration(Math.max(0, now - Date.parse(run.submitted_at)))} ago`,
  ])
  const heads = ['RUN', 'PLAN', 'STATUS', 'STEPS', 'SUBMITTED']
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => padColumns(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [paint.faint(line(heads)), ...rows.map(line)]
}

/** `waiting (people)`, `failed`, ... */
const stateOf = ({ status, waiting_for: waitingFor }: RunSummary): string =>
  waitingFor === null ? status : `${status} (${waitingFor})`
