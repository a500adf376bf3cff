import type { AgentAdapter, Attempt } from '../ports/agent.ts'
import type { Change } from '../run/change.ts'
import type { ReviewResult } from '../run/review.ts'
import type { GitWatch } from './git.ts'
import type { PullRequests } from './pull-request/request.ts'

export type WorkspaceOptions = {
  readonly stateFolder: string
  /** Who does the work of an attempt, once it has a place to work in. */
  readonly innerFor: (attempt: Attempt) => AgentAdapter
  readonly now: () => number
  /** What the gate says of a change that an attempt made, or of all that it brings together. @throws OrchdError */
  readonly review: (attempt: Attempt, change: Change) => Promise<ReviewResult>
  readonly pullRequests: PullRequests
  /** What a change outside of what its step says it writes is. */
  readonly writesOutside: 'error' | 'warning'
  /** Is told of each git, for crash tests. */
  readonly watch?: GitWatch | undefined
}
