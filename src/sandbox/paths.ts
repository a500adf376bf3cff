import { lstatSync, mkdirSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import type { SandboxRequest } from '../ports/sandbox.ts'
import type { Entry, SandboxPaths, SystemPath } from './argv.ts'

/** Paths that no sandbox may see. */
export type Protected = { readonly stateFolder: string; readonly inbox: string; readonly configFile: string }

type Work = Pick<SandboxPaths, 'root' | 'workingDirectory' | 'git' | 'hidden' | 'guarded'>

/** Programs and libraries, and the few files of /etc that they need. */
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/nix']
const systemFiles = [
  'alternatives', 'ca-certificates', 'fonts', 'gai.conf', 'group', 'host.conf', 'hosts', 'java-17-openjdk', 'ld.so.cache',
  'ld.so.conf', 'ld.so.conf.d', 'localtime', 'mime.types', 'nsswitch.conf', 'os-release', 'passwd', 'perl', 'pki', 'protocols',
  'python3', 'resolv.conf', 'services', 'ssl', 'timezone',
].map((name) => `/etc/${name}`) // prettier-ignore

/** What tells agents what they may do and run. */
const agentControls = [
  '.claude/settings.json', '.claude/settings.local.json', '.claude/hooks', '.mcp.json', '.cursor', '.codex',
] // prettier-ignore

export function systemPaths(): readonly SystemPath[] {
  const found = [...systemFolders, ...systemFiles].map((path) => ({ path, link: linkOf(path) }))
  // A link is followed for a file of /etc: what it names (/run, for a name server) is not there inside.
  return found.flatMap(({ path, link }) =>
    link === null
      ? kindOf(path) === null
        ? []
        : [{ path, link }]
      : path.startsWith('/etc/')
        ? target(path)
        : [{ path, link }],
  )
}

const target = (path: string): readonly SystemPath[] => (realPath(path) === null ? [] : [{ path, link: null }])

/**
 * The folder of the work as it is on the disk now. An error says what cannot be confined: a sandbox that shows the
 * home folder, or a protected path that is a symbolic link and could be put elsewhere.
 */
export function workPaths(request: SandboxRequest, kept: Protected, home: string): Result<Work, string> {
  const root = realPath(request.root)
  const workingDirectory = realPath(request.workingDirectory)
  if (root === null) return err(`${request.root} is not there`)
  if (workingDirectory === null) return err(`cannot work in ${request.workingDirectory}: no such folder`)
  if (!isWithin(workingDirectory, root)) return err(`${request.workingDirectory} leads out of ${root}`)
  const gitPath = join(root, '.git')
  if (request.permissions.fileSystem === 'none')
    return ok({ root, workingDirectory, git: null, hidden: [], guarded: [] })
  if (root === '/' || isWithin(realPath(home) ?? home, root))
    return err(`${root} holds the home folder, which no sandbox may see: work in a folder of its own`)
  // A workspace has the project's configuration as content of the repository; in a project folder it is the real one.
  const own = isWithin(root, realPath(kept.stateFolder) ?? kept.stateFolder)
    ? []
    : ['.orchd', 'orchestrator_config.yaml']
  const watched = [kept.stateFolder, kept.inbox, kept.configFile, ...own.map((name) => join(root, name))]
    .flatMap((path) => within(path, root))
    .filter((path, at, all) => all.indexOf(path) === at)
  const odd = [...watched, gitPath].find((path) => linkOf(path) !== null)
  if (odd !== undefined) return err(`${odd} is a symbolic link, which a sandbox cannot keep in its place`)
  const guarded = agentControls.map((name) => join(root, name)).filter((path) => realPath(path) === path)
  return ok({
    root,
    workingDirectory,
    git: gitEntry(gitPath),
    hidden: watched.flatMap(entryOf),
    guarded,
  })
}

/** Where it is found in `root`: by its own name, so that it may be a link itself, below folders that are none. */
function within(path: string, root: string): readonly string[] {
  const parent = realPath(dirname(path))
  const place = parent === null ? path : join(parent, basename(path))
  return isWithin(place, root) && place !== root ? [place] : []
}

function gitEntry(path: string): Entry | null {
  const [entry] = entryOf(path)
  if (entry === undefined) return null
  // A missing folder of hooks could be made inside; `git init` makes the same one.
  if (entry.kind === 'folder') mkdirSync(join(path, 'hooks'), { recursive: true })
  return entry
}

function entryOf(path: string): readonly Entry[] {
  const kind = kindOf(path)
  return kind === null ? [] : [{ path, kind }]
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

function kindOf(path: string): Entry['kind'] | null {
  try {
    return lstatSync(path).isDirectory() ? 'folder' : 'file'
  } catch {
    return null // not there
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null // not there, or no link
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null // not there
  }
}
