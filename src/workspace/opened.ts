import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Attempt, AttemptKey } from '../ports/agent.ts'
import type { RunContext } from '../run/change.ts'
import type { Part } from './extras.ts'
import { holderOf, makeWorkspace, workspaceFor } from './checkout.ts'
import { attemptRef, sharedPaths, workspacePaths, type WorkspacePaths } from './names.ts'
import { refValue } from './refs.ts'
import type { Repository } from './repository.ts'
import { bringSetup } from './setup.ts'
import { keepWorkspace } from './snapshot.ts'

/** A workspace that a person was given, and may have changed since its attempt was over. */
export type OpenedWorkspace = {
  /** Absolute path of the checkout. */
  readonly tree: string
  /** Whether it had to be made again; `setup` says what would have to run there first, if its cache is gone. */
  readonly made: boolean
  readonly setup: string | null
}

type Wish = {
  readonly stateFolder: string
  readonly repository: Repository
  /** The last attempt of the step. */
  readonly key: AttemptKey
  readonly context: RunContext
  /** What the step came to; `null`: nothing. */
  readonly commit: string | null
  readonly signal: AbortSignal
}

/**
 * The workspace of a step for a person: as its last attempt left it, or made again from what the step came to, or else
 * from what that attempt left. `null`: it is gone, and nothing was kept.
 */
export async function openWorkspace({ stateFolder, repository, ...wish }: Wish): Promise<OpenedWorkspace | null> {
  const { key, context, signal } = wish
  const left = await refValue(repository, attemptRef(key))
  const commit = wish.commit ?? left
  const shared = sharedPaths(stateFolder, key.runId)
  // Others work there when this attempt is over.
  const isThereNow = left === null && isSame(await holderOf(shared), key)
  const paths = isThereNow ? shared : workspacePaths(stateFolder, key)
  const isThere = (await workspaceFor(paths)) !== null && existsSync(paths.tree)
  if (!isThere && commit === null) return null
  let setup: string | null = null
  if (!isThere && commit !== null) {
    await makeWorkspace(repository, { ...key, context }, commit, paths, signal)
    const { setup: wanted } = context
    const brought =
      wanted === undefined || (await bringSetup({ stateFolder, repository, context, commit, paths, signal }))
    setup = brought ? null : wanted.run
  }
  const again = !isThere || isMadeAgain(paths)
  await writeFile(paths.opened, again ? madeAgain : '')
  return { tree: paths.tree, made: !isThere, setup }
}

const isSame = (holder: Pick<AttemptKey, 'step' | 'attempt'> | null, { step, attempt }: AttemptKey): boolean =>
  holder?.step === step && holder.attempt === attempt

const madeAgain = 'made again'

/** Whether a workspace is only there because a person wanted to look at it. */
export function isMadeAgain({ opened }: WorkspacePaths): boolean {
  try {
    return readFileSync(opened, 'utf8') === madeAgain
  } catch {
    return false // nobody has
  }
}

/**
 * Keeps what a workspace holds that nobody works in any more as a commit, if none does yet: what its attempt left, or what
 * a person made of that.
 */
export async function keepLeft(
  repository: Repository,
  key: Pick<AttemptKey, 'runId' | 'step'>,
  of: Pick<Attempt, 'context' | 'startedAt'>,
  paths: WorkspacePaths,
  part: Part,
): Promise<void> {
  const attempt = await workspaceFor(paths)
  if (attempt === null) return
  const ref = attemptRef({ ...key, attempt })
  const before = await refValue(repository, ref)
  if (before === null) await keepWorkspace(repository, of, paths, ref, null, part)
  else if (existsSync(paths.opened)) await keepWorkspace(repository, of, paths, `${ref}-opened`, before, part)
}
