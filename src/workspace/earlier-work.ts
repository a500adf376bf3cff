import type { Attempt } from '../ports/agent.ts'
import type { Instant } from '../base/ids.ts'
import type { RunContext } from '../run/change.ts'
import { holderOf } from './checkout.ts'
import { attemptRef, type WorkspacePaths } from './names.ts'
import { keepLeft } from './opened.ts'
import { refValue } from './refs.ts'
import type { Repository } from './repository.ts'
import { keepOrSetAside } from './set-aside.ts'
import { snapshot } from './snapshot.ts'

/** Keeps what an attempt before left where this one is to work, if nobody has. */
export async function keepEarlierWork(
  repository: Repository,
  attempt: Attempt,
  context: RunContext,
  paths: WorkspacePaths,
  now: Instant,
): Promise<void> {
  const holder = await holderOf(paths)
  if (holder === null || (holder.step === attempt.step && holder.attempt === attempt.attempt)) return
  const before = { ...attempt, ...holder }
  const rest = { base: context.base, session: null, counts: false, now }
  const isOwnStep = holder.step === attempt.step
  await keepOrSetAside(attempt, paths, async (part) => {
    if (isOwnStep && (await refValue(repository, attemptRef(before))) === null)
      await snapshot(repository, before, paths, { ...rest, part })
    await keepLeft(repository, before, { context, startedAt: now }, paths, part)
  })
}
