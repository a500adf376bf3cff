import { existsSync, statSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { findProjectFolder, stateFolderPath } from '../config/folders.ts'
import { databaseFile } from '../engine/sqlite/open.ts'
import type { Client } from '../ports/client.ts'
import type { NamedRun, Names } from '../surfaces/complete/candidates.ts'
import { socketPathOf } from '../surfaces/http/socket-path.ts'

type Options = {
  readonly cwd: string
  readonly env: { readonly [name: string]: string | undefined }
  readonly version: string
  readonly state: string | null
}

const mostRuns = 1000

/**
 * What a command line may name: asked of the holder, or, when nobody holds the state folder, read from its file.
 * Nothing is locked, started or written for it.
 */
export function createNames({ cwd, env, version, state }: Options): Names {
  const projectFolder = findProjectFolder(cwd)
  const stateFolder = stateFolderPath(projectFolder, state)
  const file = databaseFile(stateFolder)
  const known = async <T>(
    ask: (holder: Client) => Promise<T>,
    read: (database: DatabaseSync) => T,
    none: T,
  ): Promise<T> => {
    if (!existsSync(file)) return none
    const socketPath = socketPathOf(stateFolder)
    // HTTP takes as long to load as all the rest.
    if (!existsSync(socketPath)) return withDatabase(file, read)
    const { createClient } = await import('../surfaces/http/client.ts')
    return ask(createClient({ socketPath, version })).catch(() => withDatabase(file, read))
  }
  return {
    runs: () =>
      known(
        async (holder) =>
          (await holder.runs(mostRuns)).map(
            ({ run_id: id, plan, status, waiting_for: who, finished_at: end, submitted_at: at }) => ({
              id,
              plan,
              status: who === null ? status : `${status} (${who})`,
              isFinished: end !== null,
              submittedAt: Date.parse(at),
            }),
          ),
        (database) => database.prepare('select * from runs order by run_id desc limit ?').all(mostRuns).map(runOf),
        [],
      ),
    steps: (run) =>
      known(
        async (holder) => (await holder.run(run)).steps.map(({ id }) => id),
        (database) => stepsIn(database, run),
        [],
      ),
    async agents() {
      const { loadConfig } = await import('../config/load.ts')
      return [...loadConfig({ projectFolder, env }).config.agents.keys()]
    },
    async codes() {
      const { codeExplanations } = await import('../plan/codes.ts')
      return Object.keys(codeExplanations())
    },
  }
}

/**
 * Without a write-ahead log nobody has the file open, or only to read, so it cannot change while it is read:
 * `immutable` then spares every lock. With one, a holder is there after all, or was killed.
 */
function withDatabase<T>(file: string, read: (database: DatabaseSync) => T): T {
  const url = pathToFileURL(file)
  const log = `${file}-wal`
  if (!existsSync(log) || statSync(log).size === 0) url.searchParams.set('immutable', '1')
  using database = new DatabaseSync(url, { readOnly: true, timeout: 0 })
  return read(database)
}

function runOf(row: Record<string, SQLOutputValue>): NamedRun {
  const isFinished = row['finished_at'] !== null
  const outcome = String(row['outcome'])
  return {
    id: String(row['run_id']),
    plan: String(row['plan']),
    // Who waits for whom is in the events; a run without a holder can be told a decision anyway.
    status: isFinished ? outcome : 'waiting (people)',
    isFinished,
    submittedAt: Number(row['submitted_at']),
  }
}

/** The steps of a plan as it was submitted, of the run with this beginning. */
function stepsIn(database: DatabaseSync, run: string): readonly string[] {
  const row = database
    .prepare(
      `select data from journal where run_id >= ? and run_id < ? and type = 'run_submitted' order by run_id limit 1`,
    )
    .get(run, `${run}~`)
  const { plan } = JSON.parse(String(row?.['data'])) as { plan: { steps: { id: string }[]; finally: { id: string }[] } } // as the engine wrote it
  return [...plan.steps, ...plan.finally].map(({ id }) => id)
}
