import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { RunId } from '../base/ids.ts'
import type { Config } from '../config/config.ts'
import { crashBehind } from '../engine/crash-points.ts'
import { type Collector, createCollector } from '../engine/gc/collect.ts'
import type { EmbeddedEngine } from '../engine/engine.ts'
import { databaseFile } from '../engine/sqlite/open.ts'
import { createRemoval } from '../engine/sqlite/removal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { RunState } from '../run/state.ts'
import { sentCursor } from '../telemetry/traced-range.ts'
import type { Workspaces } from '../workspace/adapter.ts'
import { sparesOf } from '../workspace/spares.ts'

type Parts = {
  readonly stateFolder: string
  readonly config: Pick<Config, 'telemetry'>
  readonly database: DatabaseSync
  readonly journal: Journal
  readonly clock: Clock
  readonly engine: EmbeddedEngine
  readonly workspaces: Workspaces
  /** Where tests kill the process. */
  readonly crash: string | undefined
}

/** What removes old runs, with all that the rooms of a holder keep of them. */
export function collectorOf({ stateFolder, config, database, journal, clock, engine, ...parts }: Parts): Collector {
  const removal = createRemoval(database, journal, databaseFile(stateFolder))
  const contextOf = (id: RunId): RunState['context'] => engine.get(id)?.context
  return createCollector({
    stateFolder,
    removal,
    now: () => clock.now(),
    sentUpTo: () => (config.telemetry.enabled ? journal.cursor(sentCursor) : null),
    letGo: async (id) => {
      const context = contextOf(id)
      if (context !== undefined && existsSync(context.gitDir)) await parts.workspaces.letGo(id, context)
    },
    spares: () =>
      sparesOf({
        stateFolder,
        hasRun: (id) => removal.has(id),
        contextOf,
        isAtWork: (gitDir) => engine.unfinished().some(({ context }) => context?.gitDir === gitDir),
        isOfKept: (gitDir) => removal.finished().some(({ runId }) => contextOf(runId)?.gitDir === gitDir),
      }),
    behind: crashBehind('gc', parts.crash),
  })
}
