import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunId, runId } from '../../base/ids.ts'
import type { Spare } from '../../ports/spares.ts'
import { git } from '../git.ts'
import { isFetching } from './clone.ts'

type Deps = {
  readonly stateFolder: string
  readonly hasRun: (id: RunId) => boolean
  /** Whether a run that is not over works in this repository. */
  readonly isAtWork: (gitDir: string) => boolean
  /** Whether a run that is over and kept worked there: it may be taken up again, though it left nothing in it. */
  readonly isOfKept: (gitDir: string) => boolean
}

/** Whoever submits a run fetches first: for so long it is not known yet who works there. */
const submittingMs = 60_000

/** The clones of repositories that plans name by their URL. All but the results in them can be fetched again. */
export async function spareClones({ stateFolder, hasRun, isAtWork, isOfKept }: Deps): Promise<readonly Spare[]> {
  const folder = join(stateFolder, 'clones')
  const names = await readdir(folder).catch(() => [])
  return Promise.all(
    names
      .filter((name) => name.endsWith('.git'))
      .map(async (name) => {
        const path = join(folder, name)
        const lastUse = (): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
        const usedAt = lastUse()
        const look = async (): Promise<boolean> => (await holdsResults(path, hasRun)) || isOfKept(path)
        let isNeeded = await look()
        return {
          what: 'clone' as const,
          path,
          of: await urlOf(path),
          run: null,
          usedAt,
          useless: null,
          inUse: () => isNeeded || isAtWork(path) || isFetching(path) || Date.now() - lastUse() < submittingMs,
          release: async () => {
            isNeeded = await look()
          },
        }
      }),
  )
}

/** Whether it has commits that the remote did not have when it was fetched last, or something of a run that is kept. */
async function holdsResults(gitDir: string, hasRun: Deps['hasRun']): Promise<boolean> {
  const env = { GIT_DIR: gitDir }
  try {
    const refs = await git(['for-each-ref', '--format=%(refname)', 'refs/orchd/'], { env })
    const runs = new Set(refs.stdout.split('\n').flatMap((ref) => ref.split('/').slice(2, 3)))
    if ([...runs].some((run) => hasRun(runId(run)))) return true
    const own = ['rev-list', '--max-count=1', '--glob=refs/orchd/', '--branches', '--not', '--remotes', '--tags']
    return (await git(own, { env })).stdout !== ''
  } catch {
    return true // what cannot be looked into may hold anything
  }
}

const urlOf = async (gitDir: string): Promise<string | null> => {
  const { stdout } = await git(['config', '--get', 'remote.origin.url'], {
    env: { GIT_DIR: gitDir },
    codes: [0, 1, 128],
  })
  return stdout.trim() || null
}
