import type { ReadGit } from './git.ts'

/** A file that a change touches, as git's raw format tells it. */
export type ChangedFile = {
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed' | 'type_changed'
  /** In the new tree; of a deleted file its name in the old one. */
  readonly path: string
  /** What a renamed file was called; else the same. */
  readonly oldPath: string
  /** `null`: it is not there. */
  readonly old: Entry | null
  readonly new: Entry | null
}

export type Entry = { readonly mode: string; readonly id: string }

export const modes = { file: '100644', executable: '100755', symlink: '120000', submodule: '160000' } as const

/**
 * The files that `commit` changes in `base`. Names are bytes between NULs, so that none can be misread; names that are
 * not UTF-8 show as such. Attributes have no say in it.
 *
 * @param paths only these; none: all
 */
export async function changedFiles(
  git: ReadGit,
  base: string,
  commit: string,
  paths: readonly string[] = [],
): Promise<readonly ChangedFile[]> {
  const flags = ['-r', '--raw', '-z', '-M', '--no-abbrev', '--no-ext-diff', '--no-textconv']
  const output = await git(['diff-tree', ...flags, base, commit, '--', ...paths])
  const fields = output.toString('utf8').split('\0')
  const files: ChangedFile[] = []
  for (let at = 0; at < fields.length - 1;) {
    const head = fields[at++] ?? ''
    const [oldMode = '', newMode = '', oldId = '', newId = '', letter = ''] = head.slice(1).split(' ')
    const oldPath = fields[at++] ?? ''
    const path = letter.startsWith('R') || letter.startsWith('C') ? (fields[at++] ?? '') : oldPath
    files.push({
      status: statuses[letter.charAt(0)] ?? 'modified',
      path,
      oldPath,
      old: entryOf(oldMode, oldId),
      new: entryOf(newMode, newId),
    })
  }
  return files
}

const statuses: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  C: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type_changed',
}

const entryOf = (mode: string, id: string): Entry | null => (mode === '000000' ? null : { mode, id })
