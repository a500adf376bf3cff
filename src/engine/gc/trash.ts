import { mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { removeTree } from './tree.ts'

/** Where folders wait for being removed. Whatever is in it is garbage, so one that was interrupted is no question later. */
export type Trash = {
  /** Takes a folder away from its place at once, if it is there. */
  take(path: string, name: string): void
  /** Removes all that is in it; the names of what could not be removed. */
  empty(): Promise<readonly string[]>
}

export function createTrash(folder: string): Trash {
  const names = (): readonly string[] => {
    try {
      return readdirSync(folder)
    } catch {
      return [] // there is none
    }
  }
  return {
    take(path, name) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      try {
        renameSync(path, join(folder, freeName(name, names())))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      }
    },
    async empty() {
      const stuck: string[] = []
      for (const name of names()) if (!(await removeTree(join(folder, name)))) stuck.push(name)
      try {
        if (stuck.length === 0) rmdirSync(folder)
      } catch {
        // There was none, or somebody has put something into it since.
      }
      return stuck
    },
  }
}

/** A name may be there already: of a folder that could not be removed. */
function freeName(name: string, taken: readonly string[]): string {
  for (let number = 0; ; number++) {
    const free = number === 0 ? name : `${name}.${number}`
    if (!taken.includes(free)) return free
  }
}
