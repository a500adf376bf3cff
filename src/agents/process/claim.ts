import { mkdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parseIdentity, type ProcessIdentity } from './identity.ts'

/**
 * Who began an attempt. Claims are symbolic links, because a link is made whole and exclusively in one operation, so
 * that no reader sees half a claim. Recovery claims first (`held`) what nobody began, and starts it under the next
 * name: whoever comes late with the older request finds its name taken. No claim is ever removed or replaced.
 */
export type Claim =
  | { readonly kind: 'unclaimed'; readonly generation: number }
  /** `launcher` null: the claim is not one of ours. */
  | { readonly kind: 'claimed'; readonly launcher: ProcessIdentity | null }

const held = 'held'
const claimPath = (folder: string, generation: number): string =>
  join(folder, generation === 0 ? 'claim' : `claim.${generation}`)

export function readClaim(folder: string): Claim {
  for (let generation = 0; ; generation++) {
    const target = linkTarget(claimPath(folder, generation))
    if (target === null) return { kind: 'unclaimed', generation }
    if (target !== held) return { kind: 'claimed', launcher: parseIdentity(target) }
  }
}

/** Makes sure that an attempt which nobody began never will be under the names so far: `start` may use `generation`. */
export function holdClaim(folder: string): Claim {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (;;) {
    const claim = readClaim(folder)
    if (claim.kind === 'claimed') return claim
    if (linked(held, claimPath(folder, claim.generation))) return { ...claim, generation: claim.generation + 1 }
  }
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    if (isCode(error, 'EINVAL')) return '' // a file of somebody else's: claimed, by nobody that we know
    throw error
  }
}

function linked(target: string, path: string): boolean {
  try {
    symlinkSync(target, path)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
