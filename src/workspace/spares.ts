import { existsSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { glob, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunId, runId, stepId } from '../base/ids.ts'
import type { Spare } from '../ports/spares.ts'
import type { RunContext } from '../run/change.ts'
import { spareClones } from './clone/spare-clones.ts'
import { workspacePaths } from './names.ts'
import { keepWhatCanBe } from './keep-what-can-be.ts'
import { isMadeAgain, keepLeft } from './opened.ts'
import { openRepository } from './repository.ts'
import { isSetupInUse, readSetupNote, setupFolder, type SetupNote, setupNoteFile } from './setup-cache.ts'

type Deps = {
  readonly stateFolder: string
  readonly hasRun: (id: RunId) => boolean
  readonly contextOf: (id: RunId) => RunContext | undefined
  /** Whether a run that is not over works in this repository. */
  readonly isAtWork: (gitDir: string) => boolean
  /** Whether a run that is over and kept worked in it. */
  readonly isOfKept: (gitDir: string) => boolean
}

/** What of this room `orchd gc` may take away when nobody has used it for long. */
export async function sparesOf(deps: Deps): Promise<readonly Spare[]> {
  return [...(await setupCaches(deps)), ...(await openedWorkspaces(deps)), ...(await spareClones(deps))]
}

/** What is or was to be a cache: one that was not finished has its own ending. */
const cacheName = /^([0-9a-f]{32})(\.[0-9a-f]{12})?$/

async function setupCaches({ stateFolder, hasRun }: Deps): Promise<readonly Spare[]> {
  const folder = setupFolder(stateFolder)
  const caches: Spare[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const [, key] = cacheName.exec(name) ?? []
    if (key === undefined) continue
    const [path, note] = [join(folder, name), name === key ? readSetupNote(stateFolder, key) : null]
    caches.push({
      what: 'setup_cache',
      path,
      of: note?.command ?? null,
      run: note?.run ?? null,
      usedAt: note?.usedAt ?? changedAt(path),
      useless: note === null ? null : await whyUseless(note, hasRun),
      inUse: () => isSetupInUse(key),
      release: async () => {
        if (name === key) rmSync(setupNoteFile(stateFolder, key), { force: true })
      },
    })
  }
  return caches
}

async function whyUseless({ run, gitDir, project, key }: SetupNote, hasRun: Deps['hasRun']): Promise<Spare['useless']> {
  if (run !== null && !hasRun(run)) return 'run_gone'
  if (!existsSync(gitDir)) return 'repository_gone'
  if (key.length === 0 || !existsSync(project)) return null
  for (const pattern of key)
    for await (const _ of glob(pattern, { cwd: project, exclude: ['**/node_modules', '.git', '.orchd'] })) return null
  return 'key_files_gone'
}

/** Only those that had to be made again: any other is there for its run. */
async function openedWorkspaces({ stateFolder, contextOf }: Deps): Promise<readonly Spare[]> {
  const opened: Spare[] = []
  for await (const path of glob('workspaces/*/*/opened', { cwd: stateFolder })) {
    const [, run = '', name = ''] = path.split('/')
    const key = { runId: runId(run), step: stepId(name) }
    const paths = workspacePaths(stateFolder, key)
    const context = contextOf(key.runId)
    if (!isMadeAgain(paths) || context === undefined) continue
    opened.push({
      what: 'opened_workspace',
      path: paths.folder,
      of: name,
      run: key.runId,
      usedAt: changedAt(paths.opened),
      useless: null,
      inUse: () => isSomebodyIn(paths.tree),
      release: async () => {
        const repository = await openRepository(stateFolder, context)
        const of = { context, startedAt: Date.now() }
        await keepWhatCanBe((part) => keepLeft(repository, key, of, paths, part))
      },
    })
  }
  return opened
}

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Whether a process works in a folder, as far as the kernel tells: a shell, for example. */
function isSomebodyIn(folder: string): boolean {
  const processes = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []
  return processes.some((pid) => {
    try {
      return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`)
    } catch {
      return false // it has ended, or is somebody else's
    }
  })
}
