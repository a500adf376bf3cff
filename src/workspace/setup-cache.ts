import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant, RunId } from '../base/ids.ts'

/** What is known of the cache of a setup, beside it. */
export type SetupNote = {
  readonly command: string
  readonly gitDir: string
  /** Absolute path of the folder that `key` is in. */
  readonly project: string
  /** Patterns of the files that decide about it. */
  readonly key: readonly string[]
  /** The run that alone trusts it; `null`: all do. */
  readonly run: RunId | null
}

export const setupFolder = (stateFolder: string): string => join(stateFolder, 'setup')
export const setupNoteFile = (stateFolder: string, key: string): string => join(setupFolder(stateFolder), `${key}.json`)

export const writeSetupNote = (stateFolder: string, key: string, note: SetupNote): void =>
  writeFileSync(setupNoteFile(stateFolder, key), `${JSON.stringify(note)}\n`, { mode: 0o600 })

/** With the time at which somebody used the cache last; `null`: nobody has noted anything. */
export function readSetupNote(stateFolder: string, key: string): (SetupNote & { readonly usedAt: Instant }) | null {
  const file = setupNoteFile(stateFolder, key)
  try {
    const note: SetupNote = JSON.parse(readFileSync(file, 'utf8')) // nobody else writes there
    return { ...note, usedAt: statSync(file).mtimeMs }
  } catch {
    return null // older than notes, or of a crash
  }
}

const users = new Map<string, number>()

export const isSetupInUse = (key: string): boolean => users.has(key)

/** Uses a cache, or makes it: until `work` has ended, nobody takes it away. */
export async function usingSetup<T>(stateFolder: string, key: string, work: () => Promise<T>): Promise<T> {
  users.set(key, (users.get(key) ?? 0) + 1)
  try {
    return await work()
  } finally {
    const left = (users.get(key) ?? 1) - 1
    if (left === 0) users.delete(key)
    else users.set(key, left)
    noteUse(setupNoteFile(stateFolder, key))
  }
}

function noteUse(file: string): void {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // There is no note: the cache could not be made, or is older than notes.
  }
}
