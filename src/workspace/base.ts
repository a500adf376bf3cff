import { ok, type Result } from '../base/result.ts'
import type { Attempt } from '../ports/agent.ts'
import type { RunContext } from '../run/change.ts'
import { type Conflict, mergeHeads } from './merge.ts'
import type { Repository } from './repository.ts'

/** Where the attempt starts from, or why it cannot. The same at each call. */
export const baseOf = async (
  repository: Repository,
  attempt: Attempt,
  context: RunContext,
  signal: AbortSignal,
): Promise<Result<string, Conflict>> =>
  attempt.heads.length === 0 ? ok(context.base) : mergeHeads(repository, attempt, attempt.heads, signal)
