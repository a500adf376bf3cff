import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { GitResult } from './git.ts'
import type { Repository } from './repository.ts'

const betweenTriesMs = 100
/** How old the lock of a git that has died is at least: a living one holds its lock for milliseconds. */
const staleMs = 2000

/**
 * Writes refs, and waits for whoever holds one of their locks. A lock that a git of ours left when it was killed is
 * taken away: one of a ref that only orchd writes, one that holds the very value that we are about to write, or one that
 * is still empty, which a living git fills at once.
 */
export async function withLocks(
  { gitDir }: Repository,
  refs: readonly string[],
  value: string,
  write: () => Promise<GitResult>,
  patienceMs = 10_000,
): Promise<GitResult> {
  for (const deadline = performance.now() + patienceMs; ;) {
    const result = await write()
    if (result.exitCode === 0 || !/\.lock'?: File exists/.test(result.stderr) || performance.now() > deadline)
      return result
    await delay(betweenTriesMs)
    for (const ref of refs) await removeStale(join(gitDir, `${ref}.lock`), ref.startsWith('refs/orchd/'), value)
  }
}

async function removeStale(lock: string, ours: boolean, value: string): Promise<void> {
  const found = await stat(lock).catch(() => null)
  if (found === null || Date.now() - found.mtimeMs < staleMs) return
  const holds = await readFile(lock, 'utf8').catch(() => '')
  if (ours || holds.trim() === value || holds === '') await rm(lock, { force: true })
}
