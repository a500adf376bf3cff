import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, realpath, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { Minimatch } from 'minimatch'
import type { Redactor } from '../base/redact.ts'
import type { Artifact } from '../run/attempt-result.ts'
import { lacksDescriptor } from './descriptors.ts'

/** In the attempt's folder: the files that were kept, under the paths that they had. */
export const artifactsName = 'artifacts'

const mostFiles = 1000
const mostBytes = 1 << 30
const mostLooks = 200_000
const chunkBytes = 1 << 20

/** Never looked into: what belongs to git and to orchd itself. */
const closed = new Set(['.git', '.orchd'])

export type Kept = {
  readonly artifacts: readonly Artifact[]
  /** What people should know: a glob that matches nothing, or what was left out and why. */
  readonly notes: readonly string[]
  /** Whether not all that matches could be kept. */
  readonly cut: boolean
}

/**
 * Copies what the globs name from `root` into the attempt's folder. Only regular files, never through a link: what
 * lies outside of `root` is not the step's to give, and what has a secret in its name cannot be told of.
 *
 * @throws when there is no descriptor for it
 */
export async function keepArtifacts(
  root: string,
  folder: string,
  globs: readonly string[],
  redactor: Redactor,
): Promise<Kept> {
  if (globs.length === 0) return { artifacts: [], notes: [], cut: false }
  const { Minimatch: Pattern } = await import('minimatch')
  const patterns = globs.map((glob) => new Pattern(glob, { dot: true, nocomment: true, nonegate: true }))
  const found = await findFiles(root, patterns)
  const named = found.paths.filter((path) => redactor.text(path) === path)
  const artifacts: Artifact[] = []
  let [bytes, cut] = [0, found.cut]
  for (const path of named.slice(0, mostFiles)) {
    const kept = await keep(root, path, join(folder, artifactsName, path), mostBytes - bytes)
    if (kept === 'too large') cut = true
    else if (kept !== null) {
      bytes += kept.sizeBytes
      artifacts.push(kept)
    }
  }
  cut ||= named.length > mostFiles
  const missed = globs.filter((_, at) => !found.paths.some((path) => patterns[at]?.match(path)))
  const notes = [
    ...missed.map((glob) => `artifacts: nothing matches "${glob}"`),
    ...(named.length < found.paths.length
      ? [`artifacts: ${found.paths.length - named.length} with a secret in the name: not kept`]
      : []),
    ...(cut ? [`artifacts: more than ${mostFiles} files or 1 GiB match; the rest is not kept`] : []),
  ]
  return { artifacts, notes, cut }
}

/** Paths of regular files that match, in order. A folder is entered only when something in it may match. */
async function findFiles(
  root: string,
  patterns: readonly Minimatch[],
): Promise<{ readonly paths: readonly string[]; readonly cut: boolean }> {
  const paths: string[] = []
  const folders = ['']
  let looks = 0
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (lacksDescriptor(error)) throw error
      return []
    })
    for (const entry of entries) {
      if (++looks > mostLooks) return { paths: paths.toSorted(), cut: true }
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (!closed.has(entry.name) && patterns.some((pattern) => pattern.match(path, true))) folders.push(path)
      } else if (entry.isFile() && patterns.some((pattern) => pattern.match(path))) paths.push(path)
    }
  }
  return { paths: paths.toSorted(), cut: false }
}

/** The copy is what is hashed, so that hash and file agree whatever happens to the original meanwhile. */
async function keep(root: string, path: string, copy: string, room: number): Promise<Artifact | 'too large' | null> {
  try {
    const file = join(root, path)
    if (!isInside(await realpath(root), await realpath(dirname(file)))) return null
    await using source = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const { size, mode } = await source.stat()
    if (size > room) return 'too large'
    await mkdir(dirname(copy), { recursive: true, mode: 0o700 })
    await using target = await open(copy, 'w', 0o600 | (mode & 0o100))
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, size)))
    let sizeBytes = 0
    for (;;) {
      const { bytesRead } = await source.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return { path, sizeBytes, sha256: hash.digest('hex') }
      sizeBytes += bytesRead
      if (sizeBytes > room) {
        await rm(copy, { force: true })
        return 'too large'
      }
      hash.update(buffer.subarray(0, bytesRead))
      await target.write(buffer, 0, bytesRead)
    }
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return null // it went away, or cannot be read: it is not there to be kept
  }
}

const isInside = (root: string, folder: string): boolean => folder === root || folder.startsWith(root + sep)
