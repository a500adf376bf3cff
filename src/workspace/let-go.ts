import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunId } from '../base/ids.ts'
import { refsOf } from './names.ts'
import type { Repository } from './repository.ts'

/**
 * Removes the refs of a run whose commits some branch, tag or remote branch holds, too. All others stay: no commit is
 * lost by it.
 */
export async function removeMergedRefs(repository: Repository, runId: RunId): Promise<number> {
  const { stdout } = await repository.main(['for-each-ref', '--format=%(objectname) %(refname)', refsOf(runId)])
  const refs = stdout.split('\n').flatMap((line) => {
    const [commit = '', ref = ''] = line.split(' ', 2)
    return ref === '' ? [] : [{ commit, ref }]
  })
  if (refs.length === 0) return 0
  // All commits that only refs of ours hold: a ref to one of them stays.
  const alone = await repository.main([
    'rev-list',
    `--glob=${refsOf(runId)}`,
    '--not',
    '--branches',
    '--tags',
    '--remotes',
  ])
  const unmerged = new Set(alone.stdout.split('\n'))
  const merged = refs.filter(({ commit }) => !unmerged.has(commit))
  const input = merged.map(({ commit, ref }) => `delete ${ref}\0${commit}\0`).join('')
  if (merged.length > 0) await repository.main(['update-ref', '--stdin', '-z'], { input })
  return merged.length
}

/** The steps of a run that have a workspace still, by the names of their folders. */
export async function workspacesOf(stateFolder: string, runId: RunId): Promise<readonly string[]> {
  const names = await readdir(join(stateFolder, 'workspaces', runId)).catch(() => [])
  return names.filter((name) => !name.startsWith('.'))
}
