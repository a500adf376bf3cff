import type { Attempt } from '../ports/agent.ts'
import { type Conflict, mergedTree, type Resolved } from './merge.ts'
import type { Repository } from './repository.ts'

/** A conflict that is resolved. */
export type Resolution = Pick<Conflict, 'files' | 'sides'> & {
  /** The agent, or `people`. */
  readonly by: string
  /** Whether it is this attempt's work, maybe under an earlier holder. */
  readonly isOwn: boolean
}

/** How `takeResolution` signs for a person. */
export const person = 'person'

export async function resolutionOf(
  repository: Repository,
  { step, attempt }: Pick<Attempt, 'step' | 'attempt'>,
  { commits: [one, other], commit }: Resolved,
  signal: AbortSignal,
): Promise<Resolution> {
  const merged = await mergedTree(repository, one, other, signal)
  const { files, sides } = merged.ok ? { files: [], sides: [[], []] as const } : merged.error
  const names = ['Orchd-Agent', 'Orchd-Step', 'Orchd-Attempt']
  const format = names.map((name) => `%(trailers:key=${name},valueonly,separator=%x2C)`).join('%x09')
  const { stdout } = await repository.clean(['log', '-1', `--format=${format}`, commit], { signal })
  const [agent = '', ...of] = stdout.trim().split('\t')
  const isOwn = of[0] === step && of[1] === String(attempt)
  return { files, sides, by: agent === person ? 'people' : agent, isOwn }
}
