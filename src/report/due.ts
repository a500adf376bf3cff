import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunId, runId, type RunId } from '../base/ids.ts'

/**
 * The runs whose report is to be brought up to date when they are over, noted on the disk before they begin: whatever
 * happens to the holder in between, the next one finds them.
 */
export type DueReports = {
  /** @throws the system's error, for example when the disk is full */
  add(run: RunId): void
  remove(run: RunId): void
  all(): readonly RunId[]
}

export function createDueReports(folder: string): DueReports {
  return {
    add(run) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, run), '', { mode: 0o600 })
    },
    remove: (run) => rmSync(join(folder, run), { force: true }),
    all() {
      try {
        return readdirSync(folder).filter(isRunId).map(runId)
      } catch {
        return [] // no run has had one yet
      }
    },
  }
}
