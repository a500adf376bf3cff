import type { Permissions } from '../plan/plan.ts'
import { insideHome } from '../ports/sandbox.ts'
import { insideOutputs, insideProxy, proxyPort } from './inside.ts'

/** What a sandbox is made of: absolute paths that exist, symbolic links resolved. */
export type SandboxPaths = {
  /** Seen by every sandbox, unchangeable. */
  readonly system: readonly SystemPath[]
  /** The workspace or project folder. */
  readonly root: string
  readonly workingDirectory: string
  /** In `root`; `null`: no repository. */
  readonly git: Entry | null
  /** In `root`, never to be seen: orchd's state, the inbox, the configuration. */
  readonly hidden: readonly Entry[]
  /** In `root`, never to be changed: what configures agents. */
  readonly guarded: readonly string[]
  /** Links before what they lead through. */
  readonly links: readonly Link[]
  readonly readOnly: readonly string[]
  readonly writable: readonly string[]
  /** The file that is `$ORCHD_OUTPUT` inside. */
  readonly outputs: string
  /** For a restricted network: the socket of the proxy, and the program that leads to it. */
  readonly proxy: { readonly socket: string; readonly perl: string; readonly script: string } | null
}

/** A symbolic link, with its text. */
export type Link = { readonly path: string; readonly text: string }
export type SystemPath = { readonly path: string; readonly link: string | null }
export type Entry = { readonly path: string; readonly kind: 'folder' | 'file' }

/**
 * Where the kernel takes orders. To root they are open without any capability (/proc/sys/kernel/core_pattern starts
 * programs outside), and bwrap covers some of them only, where the folder itself can be written.
 */
const kernelFiles = [
  'acpi', 'bus', 'driver', 'dynamic_debug', 'fs', 'irq', 'mtrr', 'pressure', 'scsi', 'sys', 'sysrq-trigger',
].map((name) => `/proc/${name}`) // prettier-ignore

/**
 * The arguments of bwrap up to the command. Later mounts lie over earlier ones: first the machine, then the folder of
 * the work, then what is hidden or guarded in it.
 */
export function argvOf(permissions: Permissions, paths: SandboxPaths): readonly string[] {
  const { fileSystem, network } = permissions
  return [
    '--unshare-user',
    '--unshare-all',
    ...(network === 'allowed' ? ['--share-net'] : []),
    // No capability, no further user namespace, no terminal to type into; everything in it dies with the wrapper.
    '--cap-drop',
    'ALL',
    '--disable-userns',
    '--new-session',
    '--die-with-parent',
    '--hostname',
    'sandbox',
    ...paths.system.flatMap(({ path, link }) => (link === null ? readOnly(path) : ['--symlink', link, path])),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--tmpfs',
    '/var/tmp',
    '--tmpfs',
    insideHome,
    ...kernelFiles.flatMap((path) => ['--ro-bind-try', path, path]),
    ...(fileSystem === 'none' ? [] : workMounts(permissions, paths)),
    ...paths.links.flatMap(({ path, text }) => ['--symlink', text, path]),
    ...paths.readOnly.flatMap((path) => ['--ro-bind-try', path, path]),
    ...paths.writable.flatMap((path) => ['--bind-try', path, path]),
    '--bind',
    paths.outputs,
    insideOutputs,
    ...proxyMounts(paths.proxy),
    ...(fileSystem === 'none' ? [] : coveredFolders(permissions, paths).flatMap((path) => ['--remount-ro', path])),
    '--remount-ro',
    '/',
    '--chdir',
    fileSystem === 'none' ? insideHome : paths.workingDirectory,
    '--',
    ...(paths.proxy === null ? [] : [paths.proxy.perl, paths.proxy.script, 'forward', String(proxyPort), insideProxy]),
  ]
}

function workMounts(permissions: Permissions, paths: SandboxPaths): readonly string[] {
  const { root, git, hidden, guarded } = paths
  const writable = permissions.fileSystem === 'read_write'
  return [
    ...(writable ? ['--bind', root, root] : readOnly(root)),
    ...(writable ? foldersBetween(root, [...guarded, ...hidden.map(({ path }) => path)]).flatMap(bind) : []),
    ...(git === null ? [] : gitMounts(git, permissions)),
    ...(writable ? guarded.flatMap(readOnly) : []),
    ...hidden.flatMap(hide),
  ]
}

/** What hides folders is closed at the end: mounts that lie in it need a place there first. */
const coveredFolders = ({ gitOperations }: Permissions, { git, hidden }: SandboxPaths): readonly string[] =>
  [...hidden, ...(git !== null && gitOperations === 'none' ? [git] : [])]
    .filter(({ kind }) => kind === 'folder')
    .map(({ path }) => path)

/**
 * Git runs what hooks and configuration name, also when a person calls it later: they are never the sandbox's to write.
 * The repository is a mount of its own, which cannot be moved away for another to take its place.
 */
function gitMounts(git: Entry, { fileSystem, gitOperations }: Permissions): readonly string[] {
  if (gitOperations === 'none') return hide(git)
  if (gitOperations === 'pr_only' || git.kind === 'file' || fileSystem === 'read_only') return readOnly(git.path)
  const kept = ['hooks', 'config'].flatMap((name) => ['--ro-bind-try', `${git.path}/${name}`, `${git.path}/${name}`])
  return ['--bind', git.path, git.path, ...kept]
}

function proxyMounts(proxy: SandboxPaths['proxy']): readonly string[] {
  return proxy === null ? [] : ['--bind', proxy.socket, insideProxy, ...readOnly(proxy.script)]
}

/**
 * The folders that lead from `root` to these paths, the outer ones first. Mounted on their own they cannot be moved
 * away, with what is guarded in them, for others to take their place.
 */
function foldersBetween(root: string, paths: readonly string[]): readonly string[] {
  const between = paths.flatMap((path) => {
    const names = path
      .slice(root.length + 1)
      .split('/')
      .slice(0, -1)
    return names.map((_, at) => `${root}/${names.slice(0, at + 1).join('/')}`)
  })
  return [...new Set(between)].toSorted((a, b) => a.length - b.length)
}

const bind = (path: string): readonly string[] => ['--bind', path, path]

const readOnly = (path: string): readonly string[] => ['--ro-bind', path, path]

const hide = ({ path, kind }: Entry): readonly string[] =>
  kind === 'folder' ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path]
