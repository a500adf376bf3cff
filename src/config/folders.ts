import { chmodSync, existsSync, lstatSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OrchdError } from '../base/errors.ts'
import { noSpace } from '../base/no-space.ts'
import { configFileName } from './config.ts'

const markers = [configFileName, '.orchd', '.git']

/** The nearest folder from `cwd` upwards that holds a configuration, a state folder or a git work tree; else `cwd`. */
export function findProjectFolder(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (markers.some((marker) => existsSync(join(folder, marker)))) return folder
    if (dirname(folder) === folder) return resolve(cwd)
  }
}

/** Where the state folder is or would be: `--state DIR`, else `.orchd` in the project folder. */
export function stateFolderPath(projectFolder: string, override: string | null): string {
  return override === null ? join(projectFolder, '.orchd') : resolve(override)
}

/**
 * The state folder, made when it is not there: only its owner may enter it, and git never sees it.
 *
 * @throws OrchdError STATE_UNSAFE when it is somebody else's, a file, or a link that nobody asked for with `--state`,
 * DISK_FULL
 */
export function stateFolder(projectFolder: string, override: string | null): string {
  const folder = stateFolderPath(projectFolder, override)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // A link in a repository that came from elsewhere could lead anywhere; one that a person names is theirs to choose.
    const found = override === null ? lstatSync(folder) : statSync(folder)
    if (!found.isDirectory()) throw new Error('it is a link or a file, not a folder')
    if (process.getuid !== undefined && found.uid !== process.getuid()) throw new Error('it belongs to another user')
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700)
    hideFromGit(folder)
  } catch (cause) {
    const full = noSpace(cause)
    if (full !== null) throw full
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OrchdError('STATE_UNSAFE', `cannot use "${folder}" as the state folder: ${why}`, { cause })
  }
  return folder
}

function hideFromGit(folder: string): void {
  const ignore = join(folder, '.gitignore')
  // An empty one is what a full disk leaves.
  if ((statSync(ignore, { throwIfNoEntry: false })?.size ?? 0) === 0) writeFileSync(ignore, '*\n', { mode: 0o600 })
}
