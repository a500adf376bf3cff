import { setTimeout as delay } from 'node:timers/promises'
import { OrchdError } from '../../../base/errors.ts'
import type { GcFolder, GcRun, GcSpare, GcSummary, GcWish } from '../../../ports/gc.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { onStop } from '../follow/stop.ts'
import { type Collected, gcReport } from '../view/gc-report.ts'

export type GcOptions = {
  readonly olderThan: number
  readonly keep: number
  readonly logsOnly: boolean
  readonly yes: boolean
  readonly json: boolean
  readonly state: string | null
}

/** So long this command holds the state folder itself; then others get a turn, who wait for it. */
const holdMs = 4000
const pauseMs = 200

/** `orchd gc`: removes what old finished runs left; without `--yes` it only tells what it would remove. */
export async function gc(deps: CliDeps, options: GcOptions): Promise<number> {
  const stop = new AbortController()
  let code: number = exitCodes.ok
  using _ = onStop(deps.stdout, (reason) => {
    code = reason === 'SIGINT' ? exitCodes.cancelled : exitCodes.busy
    stop.abort()
  })
  const collected = await collectAll(deps, options, stop.signal)
  if (collected === null) {
    deps.stderr.write('stopped; what was not removed yet is still there: orchd gc\n')
    return code
  }
  deps.stdout.write(
    options.json ? `${JSON.stringify(asJson(collected), null, 2)}\n` : gcReport(collected, options, deps),
  )
  return collected.summary.stuck.length > 0 ? exitCodes.failed : exitCodes.ok
}

/** `null` when it was stopped before its end. */
async function collectAll(deps: CliDeps, options: GcOptions, signal: AbortSignal): Promise<Collected | null> {
  const runs: GcRun[] = []
  const folders = new Map<string, GcFolder>()
  const spares = new Map<string, GcSpare>()
  const sum = { leftover_events: 0, database_bytes: 0 }
  for (;;) {
    const summary = await collectOnce(deps, options, { runs, folders, spares }, signal)
    if (summary === null || signal.aborted) return null
    sum.leftover_events += summary.leftover_events
    sum.database_bytes += summary.database_bytes
    if (summary.complete)
      return { runs, folders: [...folders.values()], spares: [...spares.values()], summary: { ...summary, ...sum } }
    await delay(pauseMs)
  }
}

async function collectOnce(
  deps: CliDeps,
  options: GcOptions,
  {
    runs,
    folders,
    spares,
  }: {
    readonly runs: GcRun[]
    readonly folders: Map<string, GcFolder>
    readonly spares: Map<string, GcSpare>
  },
  signal: AbortSignal,
): Promise<GcSummary | null> {
  await using session = await Session.open(deps, { state: options.state, mayHold: true, readOnly: true })
  for await (const line of session.client.collect(wishOf(options, session.holding), signal)) {
    if (line.type === 'summary') return line
    if (line.type === 'run') runs.push(line)
    else if (line.type === 'folder') folders.set(line.path, line)
    else spares.set(line.path, line)
  }
  if (signal.aborted) return null
  throw new OrchdError('HOLDER_UNREACHABLE', 'the holder went away in the middle', {
    help: 'what was removed is removed, and nothing is broken: orchd gc goes on',
  })
}

const wishOf = ({ olderThan, keep, logsOnly, yes }: GcOptions, isHolding: boolean): GcWish => ({
  older_than_ms: olderThan,
  keep,
  logs_only: logsOnly,
  dry_run: !yes,
  longest_ms: isHolding && yes ? holdMs : null,
})

function asJson({ runs, folders, spares, summary }: Collected): object {
  const { dry_run: dryRun, kept, unfinished, leftover_events: leftoverEvents, database_bytes: databaseBytes } = summary
  return {
    dry_run: dryRun,
    runs: runs.map(withoutType),
    folders: folders.map(withoutType),
    spares: spares.map(withoutType),
    kept,
    unfinished,
    leftover_events: leftoverEvents,
    database_bytes: databaseBytes,
    stuck: summary.stuck,
  }
}

const withoutType = (line: GcRun | GcFolder | GcSpare): object =>
  Object.fromEntries(Object.entries(line).filter(([key]) => key !== 'type'))
