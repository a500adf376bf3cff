import { randomBytes } from 'node:crypto'
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from '../../base/result.ts'
import { keptName } from './plan-file.ts'
import { readSafely } from './read-safely.ts'
import type { Refusal } from './rejection.ts'
import { fingerprintOf, type Ready } from './watchlist.ts'

/** A file that is ours alone: it lies in `claimed/` under a name that nobody else knows. */
export type Claim = {
  readonly name: string
  readonly path: string
  /** What it looked like when it was found complete; `null` for a claim of an earlier process. */
  readonly fingerprint: string | null
}

const claimedName = /^[0-9a-f]{12}-(.+)$/s

/**
 * Takes a file out of the inbox in one step, so that it is taken once.
 *
 * @returns `null` when it is gone
 * @throws the system's error when the folder does not let us
 */
export async function claim(inbox: string, claimed: string, { name, fingerprint }: Ready): Promise<Claim | null> {
  const kept = keptName(name)
  const path = join(claimed, `${randomBytes(6).toString('hex')}-${kept}`)
  try {
    await rename(join(inbox, name), path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  return { name: kept, path, fingerprint }
}

/** What an earlier process had claimed and did not finish. */
export async function leftClaims(claimed: string): Promise<Claim[]> {
  const names = await readdir(claimed)
  return names.toSorted().flatMap((entry) => {
    const name = claimedName.exec(entry)?.[1]
    return name === undefined ? [] : [{ name, path: join(claimed, entry), fingerprint: null }]
  })
}

/**
 * The text of a claimed file. It is read until it is what was found complete, or has rested for `settleMs`: between the
 * last look and the claim another file may have taken the name.
 */
export async function readClaim(
  { path, fingerprint }: Claim,
  settleMs: number,
  signal: AbortSignal,
): Promise<Result<Uint8Array, Refusal>> {
  for (let expected = fingerprint; ;) {
    const read = await readSafely(path)
    if (!read.ok) return read
    const { bytes, stat } = read.value
    const now = fingerprintOf(stat)
    if ((expected === null || now === expected) && BigInt(bytes.length) === stat.size) return { ok: true, value: bytes }
    expected = now
    await sleep(settleMs, undefined, { signal })
  }
}
