import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The files of a project folder, as far as they tell how it is set up and tested. */
export type ProjectFiles = {
  has(name: string): boolean
  /** The text of a file; empty when it is not there or cannot be read. */
  read(name: string): string
  /** Names in the folder itself. */
  readonly names: readonly string[]
}

export function projectFiles(folder: string): ProjectFiles {
  return {
    has: (name) => existsSync(join(folder, name)),
    read(name) {
      try {
        return readFileSync(join(folder, name), 'utf8').replace(/^\uFEFF/, '')
      } catch {
        return '' // then it tells nothing
      }
    },
    names: namesIn(folder),
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    return [] // the folder is still to be made
  }
}
