import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatIdentity, processIdentity } from '../agents/process/identity.ts'

/** Launchers of earlier holders read here whether somebody watches over their attempts again. */
export function sayWhoHolds(stateFolder: string): void {
  mkdirSync(join(stateFolder, 'runs'), { recursive: true, mode: 0o700 })
  const self = processIdentity(process.pid)
  if (self !== null) writeFileSync(join(stateFolder, 'holder'), `${formatIdentity(self)}\n`, { mode: 0o600 })
}
