import { withLocks } from './locks.ts'
import type { Repository } from './repository.ts'

/** What a ref points to; `null`: there is none. */
export async function refValue(repository: Repository, ref: string): Promise<string | null> {
  const { exitCode, stdout } = await repository.main(['rev-parse', '--verify', '--quiet', ref], { codes: [0, 1] })
  return exitCode === 0 ? stdout.trim() : null
}

/** Points refs of ours at a commit: all or none. */
export async function keep(repository: Repository, refs: readonly string[], commit: string): Promise<void> {
  const input = refs.map((ref) => `update ${ref}\0${commit}\0\0`).join('')
  const { exitCode, stderr } = await withLocks(repository, refs, commit, () =>
    repository.main(['update-ref', '--stdin', '-z'], { input, codes: [0, 1, 128] }),
  )
  if (exitCode !== 0) throw new Error(`cannot write ${refs.join(', ')}: ${stderr.trim()}`)
}
