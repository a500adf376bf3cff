import { formatDuration } from '../../../base/duration.ts'
import { type GcFolder, type GcRun, type GcSpare, type GcSummary, idempotentMs } from '../../../ports/gc.ts'
import type { CliDeps } from '../deps.ts'
import { paletteFor } from './palette.ts'
import { safeLine } from './safe-text.ts'
import { formatBytes } from './size.ts'
import { padColumns } from './width.ts'

/** What was removed, or would be. */
export type Collected = {
  readonly runs: readonly GcRun[]
  readonly folders: readonly GcFolder[]
  readonly spares: readonly GcSpare[]
  readonly summary: GcSummary
}

/** What the person asked for. */
type Asked = { readonly keep: number; readonly olderThan: number; readonly logsOnly: boolean }

/** What `orchd gc` says: each run and folder and what can be made again, the sum, what stays and why, and what to do next. */
export function gcReport({ runs, folders, spares, summary }: Collected, asked: Asked, deps: CliDeps): string {
  const paint = paletteFor(deps.stdout, deps.env)
  const now = Date.now()
  const gone = folders.filter(({ fate }) => fate === 'goes')
  const goneSpares = spares.filter(({ fate }) => fate === 'goes')
  const [head, ...rows] = table(runs, now)
  const lines = [
    ...(head === undefined ? [] : [paint.faint(head), ...rows, '']),
    ...folders.map((folder) => folderLine(folder, now, summary.dry_run)),
    ...(folders.length > 0 ? [''] : []),
    ...spares.map((spare) => spareLine(spare, now, summary.dry_run)),
    ...(spares.length > 0 ? [''] : []),
    sumLine(runs, gone, goneSpares, summary, asked),
    ...keptLines(summary, asked),
    ...stuckLines(summary),
    ...nextLines(runs.length + gone.length + goneSpares.length, summary),
  ]
  return `${lines.join('\n')}\n`
}

function table(runs: readonly GcRun[], now: number): readonly string[] {
  if (runs.length === 0) return []
  const rows = [
    ['RUN', 'PLAN', 'OUTCOME', 'FINISHED', 'FILES', 'SIZE', 'EVENTS'],
    ...runs.map((run) => [
      run.run_id,
      safeLine(run.plan, 40),
      run.outcome ?? '',
      ago(run.finished_at, now),
      String(run.files),
      formatBytes(run.bytes),
      String(run.events),
    ]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => padColumns(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

const ago = (time: string, now: number): string => `${formatDuration(Math.max(0, now - Date.parse(time)))} ago`

function folderLine({ path, changed_at: changedAt, bytes, fate }: GcFolder, now: number, dryRun: boolean): string {
  const what = {
    goes: dryRun ? 'would be removed' : 'removed',
    young: 'stays, because it changed lately',
    foreign: 'stays, because its name is not that of a run: look what it is',
  }[fate]
  return `${safeLine(path)} belongs to no run (${formatBytes(bytes)}, changed ${ago(changedAt, now)}): ${what}`
}

function spareLine(spare: GcSpare, now: number, dryRun: boolean): string {
  const { what, of, run_id: run, path, bytes, used_at: usedAt, fate, useless } = spare
  const name = {
    setup_cache: `cache of the setup${of === null ? '' : ` "${of}"`}`,
    opened_workspace: `opened workspace of "${of}" in ${run}`,
    clone: `clone${of === null ? '' : ` of ${of}`}`,
  }[what]
  const why = {
    repository_gone: 'its repository is gone',
    key_files_gone: 'the files of its key are gone',
    run_gone: 'its run is gone',
  }
  const becomes = {
    goes: `${dryRun ? 'would be removed' : 'removed'}${useless === null ? '' : `, ${why[useless]}`}`,
    young: 'stays, because it was used lately',
    in_use:
      what === 'clone'
        ? 'stays, because runs use it, or it has results that the remote does not have'
        : 'stays, because somebody uses it',
  }[fate]
  return `${safeLine(name)} (${safeLine(path)}, ${formatBytes(bytes)}, used ${ago(usedAt, now)}): ${becomes}`
}

function sumLine(
  runs: readonly GcRun[],
  gone: readonly GcFolder[],
  spares: readonly GcSpare[],
  summary: GcSummary,
  { logsOnly }: Asked,
): string {
  const all = [...runs, ...gone, ...spares]
  const ofKind = (kind: GcSpare['what']): number => spares.filter(({ what }) => what === kind).length
  const [caches, workspaces, clones] = [ofKind('setup_cache'), ofKind('opened_workspace'), ofKind('clone')]
  if (all.length === 0 && summary.leftover_events === 0) return 'nothing to remove'
  const verb = summary.dry_run ? 'would remove' : 'removed'
  const events = sum(runs.map(({ events: some }) => some)) + summary.leftover_events
  const parts = [
    `${logsOnly ? 'the logs of ' : ''}${amount(runs.length, 'run')}`,
    ...(gone.length > 0 ? [amount(gone.length, 'folder')] : []),
    ...(caches > 0 ? [amount(caches, 'cache')] : []),
    ...(workspaces > 0 ? [amount(workspaces, 'workspace')] : []),
    ...(clones > 0 ? [amount(clones, 'clone')] : []),
    amount(sum(all.map(({ files }) => files)), 'file'),
    formatBytes(sum(all.map(({ bytes }) => bytes))),
    ...(events > 0 ? [amount(events, 'event')] : []),
  ]
  const database = summary.database_bytes > 0 ? `; the database is ${formatBytes(summary.database_bytes)} smaller` : ''
  return `${verb} ${parts.join(', ')}${database}`
}

function keptLines({ kept, unfinished }: GcSummary, { keep, olderThan }: Asked): readonly string[] {
  const reasons = [
    [kept.newest, `among the newest ${keep}`],
    [kept.young, youngWords(olderThan)],
    [kept.unsent, 'not traced yet: their spans wait for the collector'],
    [unfinished, 'not finished'],
  ] as const
  const told = reasons.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`)
  return told.length === 0 ? [] : [`runs that stay: ${told.join(', ')}`]
}

/** A run that was submitted just now stands for whoever asks again with its key, however short the wish. */
const youngWords = (olderThan: number): string =>
  olderThan < idempotentMs
    ? 'submitted lately: who submits them again gets the same run'
    : `finished less than ${shortDuration(olderThan)} ago`

/** `30d`, not `30d00h`. */
const shortDuration = (ms: number): string => (ms % 86_400_000 === 0 ? `${ms / 86_400_000}d` : formatDuration(ms))

const stuckLines = ({ stuck }: GcSummary): readonly string[] =>
  stuck.map(
    (name) => `${safeLine(`orchd.trash/${name}`)} in the state folder could not be removed: look at who owns it`,
  )

function nextLines(count: number, { dry_run: dryRun, leftover_events: leftovers }: GcSummary): readonly string[] {
  return dryRun && count + leftovers > 0 ? ['nothing is removed yet: add --yes'] : []
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const amount = (count: number, noun: string): string => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
