import { lstat, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { markedName } from './plan-file.ts'

/**
 * Puts a file away with a note beside it. The note is there, whole, before the file is, so that whoever sees the file
 * finds its note. A file that is there already is never overwritten: the newcomer's name gets a mark.
 */
export type Archive = {
  /**
   * @param mark what tells a second file of the same name apart; a counter when it is null or taken too
   * @returns the name that the file got
   * @throws the system's error when the disk is full or the folder does not let us; then nothing was moved
   */
  put(path: string, name: string, mark: string | null, note: object): Promise<string>
}

/** @param suffix of the notes' names: `.accepted.json`, `.error.json` */
export function openArchive(folder: string, suffix: string): Archive {
  // Names from their choice to the move, so that two files never get the same one.
  const chosen = new Set<string>()
  return {
    async put(path, name, mark, note) {
      const kept = await chooseName(folder, name, mark, chosen)
      const draft = join(folder, `.${kept}${suffix}.tmp`)
      try {
        await writeFile(draft, `${JSON.stringify(note, null, 2)}\n`, { mode: 0o644 })
        await rename(draft, join(folder, `${kept}${suffix}`))
        await rename(path, join(folder, kept))
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {}) // the first error is the one that tells
        throw error
      } finally {
        chosen.delete(kept)
      }
      return kept
    },
  }
}

/** The first of the possible names that no file has; it is added to `chosen`. */
async function chooseName(folder: string, name: string, mark: string | null, chosen: Set<string>): Promise<string> {
  for (const candidate of candidates(name, mark)) {
    if (chosen.has(candidate)) continue
    chosen.add(candidate)
    if ((await lstat(join(folder, candidate)).catch(() => null)) === null) return candidate
    chosen.delete(candidate)
  }
  return name // never reached: the candidates do not end
}

function* candidates(name: string, mark: string | null): Generator<string> {
  yield name
  const base = mark === null ? name : markedName(name, mark)
  if (mark !== null) yield base
  for (let count = 2; ; count++) yield markedName(base, String(count))
}
