import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Attempt } from '../ports/agent.ts'
import { type AttemptResult, longestMessage } from '../run/attempt-result.ts'
import { holderOf } from './checkout.ts'
import type { Part } from './extras.ts'
import { keepWhatCanBe } from './keep-what-can-be.ts'
import type { WorkspacePaths } from './names.ts'

/**
 * Keeps what an earlier attempt left in the workspace that an attempt is to have. Where not all of it can be kept, the
 * workspace is moved aside with what is in it, so that nothing in it keeps the attempt from beginning. `orchd gc` removes
 * it with the run.
 */
export async function keepOrSetAside(
  attempt: Attempt,
  paths: WorkspacePaths,
  keep: (part: Part) => Promise<void>,
): Promise<void> {
  const why = await keepWhatCanBe(keep).catch((error: unknown) => String(error))
  if (why === null) return
  const { step, attempt: number } = (await holderOf(paths)) ?? attempt
  const name = `.left-${step.replaceAll('/', '.')}@${number}`
  const aside = join(dirname(paths.folder), name)
  // Somebody may have opened the step since, and have left the like of it.
  const place = existsSync(aside) ? `${aside}.${randomBytes(6).toString('hex')}` : aside
  await rename(paths.folder, place)
  await mkdir(attempt.folder, { recursive: true, mode: 0o700 })
  const reason = why.replaceAll(/\s+/g, ' ').slice(0, 160)
  const note = `not all that attempt ${number} of "${step}" left could be kept (${reason}); it is in ${place}`
  await writeFile(noteOf(attempt), note)
}

const noteOf = ({ folder }: Pick<Attempt, 'folder'>): string => join(folder, 'set-aside')

/** The result with what was set aside before the attempt began. */
export async function withSetAside(attempt: Attempt, result: AttemptResult): Promise<AttemptResult> {
  const note = await readFile(noteOf(attempt), 'utf8').catch(() => null)
  if (note === null) return result
  const room = Math.max(0, longestMessage - note.length - 2)
  const message = result.message === null ? note : `${result.message.slice(0, room)}; ${note}`
  return { ...result, message: message.slice(0, longestMessage) }
}
