import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attempt, Session } from '../../ports/agent.ts'
import type { AttemptResult } from '../../run/attempt-result.ts'
import { combined, roundUsd } from '../../run/usage.ts'
import type { Sessions } from './agent.ts'

/** In the attempt's folder: whether it went on in the session that it was to go on in. Absent: it was to begin one. */
const markName = 'resumed'

type Resumed = NonNullable<AttemptResult['resumed']>

/** The attempt as it can be started: without its session where that is not to be found any more, which is noted. */
export function withSession(attempt: Attempt, sessions: Sessions | null): Attempt {
  const { session } = attempt
  if (session === null || sessions === null) return { ...attempt, session: null }
  const isThere = sessions.folder === null || hasFile(join(attempt.home, sessions.folder), session.id)
  const resumed: Resumed = isThere ? 'yes' : 'afresh'
  writeFileSync(join(attempt.folder, markName), resumed, { mode: 0o600 })
  return isThere ? attempt : { ...attempt, session: null }
}

/** What became of the session that an attempt was to go on in; `null`: it was to begin one. */
export function resumedIn(folder: string): Resumed | null {
  const file = join(folder, markName)
  if (!existsSync(file)) return null
  return readFileSync(file, 'utf8') === 'yes' ? 'yes' : 'afresh'
}

type Spent = Pick<AttemptResult, 'usage' | 'costUsd'>

/** What an attempt used itself, of what an agent tells that tells sums of the whole session. */
export function ownPart({ usage, costUsd }: Spent, { told }: Session, sums: Sessions['sums']): Spent {
  const before = sums.includes('usage') ? told.usage : null
  const costBefore = sums.includes('cost') ? told.costUsd : null
  return {
    usage: usage === null || before === null ? usage : combined(usage, before, (all, some) => Math.max(0, all - some)),
    costUsd: costUsd === null || costBefore === null ? costUsd : Math.max(0, roundUsd(costUsd - costBefore)),
  }
}

/** Whether a folder has, at any depth, a file that is named after a session. A link may lead to the whole disk. */
function hasFile(folder: string, id: string): boolean {
  try {
    return (
      lstatSync(folder).isDirectory() &&
      readdirSync(folder, { recursive: true }).some((name) => name.toString().includes(id))
    )
  } catch {
    return false // there is no such folder: nobody worked there
  }
}
