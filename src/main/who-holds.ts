import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { formatIdentity, processIdentity } from '../agents/process/identity.ts'
import { OrchdError } from '../base/errors.ts'
import type { Journal } from '../ports/journal.ts'

/** Launchers of earlier holders read here whether somebody watches over their attempts again. */
export function sayWhoHolds(stateFolder: string): void {
  mkdirSync(join(stateFolder, 'runs'), { recursive: true, mode: 0o700 })
  const self = processIdentity(process.pid)
  if (self !== null) writeFileSync(join(stateFolder, 'holder'), `${formatIdentity(self)}\n`, { mode: 0o600 })
}

/** The opposite: the folder is free for the next holder. */
export function letGo(database: DatabaseSync, journal: Journal, stateFolder: string): void {
  try {
    journal.flushCursors()
  } catch (error) {
    // A cursor that is lost costs a repeat: no reason to end as if something were wrong.
    if (!(error instanceof OrchdError && error.code === 'DISK_FULL')) throw error
  }
  rmSync(join(stateFolder, 'holder'), { force: true })
  database.close()
}
