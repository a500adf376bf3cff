import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject } from '../base/json.ts'
import type { Attempt } from '../ports/agent.ts'
import { logName } from '../ports/logs.ts'
import type { AttemptResult } from '../run/attempt-result.ts'

/** Leaves a log of what orchd itself did in an attempt: a line of what came of it. Done again, it is the same. */
export async function writeOwnLog({ folder, heads }: Attempt, result: AttemptResult): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, logName), `orchd: ${words(heads.length, result)}\n`, { mode: 0o600 })
}

function words(heads: number, { outcome, cause, message, outputs, change }: AttemptResult): string {
  const why = message === null ? '' : `: ${message}`
  if (outcome !== 'success') return `${cause ?? outcome}${why}`
  const { branch, pr_url: url } = isJsonObject(outputs) ? outputs : {}
  if (typeof url === 'string') return `pull request ${url}${why}`
  if (typeof branch === 'string') return `published on branch ${branch}, at ${change?.commit ?? 'its commit'}${why}`
  if (change === undefined || branch === null) return `nothing to publish${why}`
  const { files, insertions, deletions, commit } = change
  const what = `${heads} ${heads === 1 ? 'head' : 'heads'} into ${commit}`
  return `merged ${what} (${files} ${files === 1 ? 'file' : 'files'}, +${insertions} -${deletions})${why}`
}
