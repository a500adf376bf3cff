import type { Permissions } from '../plan/plan.ts'
import { insideHome, insideOutputs, insideProxy, proxyPort } from './inside.ts'

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
  readonly readOnly: readonly string[]
  readonly writable: readonly string[]
  /** The file that is `$ORCHD_OUTPUT` inside. */
  readonly outputs: string
  /** For a restricted network: the socket of the proxy, and the program that leads to it. */
  readonly proxy: { readonly socket: string; readonly perl: string; readonly script: string } | null
}

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

function workMounts({ fileSystem, gitOperations }: Permissions, paths: SandboxPaths): readonly string[] {
  const { root, git, hidden, guarded } = paths
  const writable = fileSystem === 'read_write'
  return [
    ...(writable ? ['--bind', root, root] : readOnly(root)),
    ...(git === null ? [] : gitMounts(git, gitOperations)),
    ...(writable ? guarded.flatMap(readOnly) : []),
    ...hidden.flatMap(hide),
  ]
}

/** What hides folders is closed at the end: mounts that lie in it need a place there first. */
const coveredFolders = ({ gitOperations }: Permissions, { git, hidden }: SandboxPaths): readonly string[] =>
  [...hidden, ...(git !== null && gitOperations === 'none' ? [git] : [])]
    .filter(({ kind }) => kind === 'folder')
    .map(({ path }) => path)

/** Git runs what hooks and configuration name, also when a person calls it later: they are never the sandbox's to write. */
function gitMounts(git: Entry, operations: Permissions['gitOperations']): readonly string[] {
  if (operations === 'none') return hide(git)
  if (operations === 'pr_only' || git.kind === 'file') return readOnly(git.path)
  return ['hooks', 'config'].flatMap((name) => ['--ro-bind-try', `${git.path}/${name}`, `${git.path}/${name}`])
}

function proxyMounts(proxy: SandboxPaths['proxy']): readonly string[] {
  return proxy === null ? [] : ['--bind', proxy.socket, insideProxy, ...readOnly(proxy.script)]
}

const readOnly = (path: string): readonly string[] => ['--ro-bind', path, path]

const hide = ({ path, kind }: Entry): readonly string[] =>
  kind === 'folder' ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path]
