import { constants, type BigIntStats } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { err, ok, type Result } from '../../base/result.ts'
import type { Refusal } from './rejection.ts'

/** The size limit of a plan's text. */
const maxBytes = 1024 * 1024

/** The text of a file and what the file looked like right after it was read. */
export type Content = { readonly bytes: Uint8Array; readonly stat: BigIntStats }

/**
 * Reads a small regular file of our own, and nothing else: no link is followed, no fifo waited for, no device opened,
 * no large file read.
 *
 * @throws the system's error when the file is gone or the disk fails
 */
export async function readSafely(path: string): Promise<Result<Content, Refusal>> {
  const kind = kindRefused(await lstat(path, { bigint: true }))
  if (kind !== null) return err(kind)
  // Between the look and the opening it may have become something else: O_NOFOLLOW and O_NONBLOCK keep that harmless.
  const opened = await opening(path)
  if (!opened.ok) return opened
  await using file = opened.value
  const before = await file.stat({ bigint: true })
  const refusal = kindRefused(before) ?? contentRefused(before)
  if (refusal !== null) return err(refusal)
  const buffer = Buffer.alloc(Number(before.size) + 1)
  let length = 0
  for (let more = 1; more > 0 && length < buffer.length; length += more) {
    more = (await file.read(buffer, length, buffer.length - length, length)).bytesRead
  }
  return ok({ bytes: buffer.subarray(0, length), stat: await file.stat({ bigint: true }) })
}

async function opening(path: string): Promise<Result<Awaited<ReturnType<typeof open>>, Refusal>> {
  try {
    return ok(await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ELOOP') return err('INBOX_LINK')
    if (code === 'EACCES' || code === 'EPERM') return err('INBOX_UNREADABLE')
    throw error
  }
}

function kindRefused(stat: BigIntStats): Refusal | null {
  if (stat.isSymbolicLink()) return 'INBOX_LINK'
  return stat.isFile() ? null : 'INBOX_NOT_A_FILE'
}

function contentRefused(stat: BigIntStats): Refusal | null {
  if (process.getuid !== undefined && stat.uid !== BigInt(process.getuid())) return 'INBOX_OWNER'
  if (stat.nlink > 1n) return 'INBOX_HARD_LINK'
  return stat.size > BigInt(maxBytes) ? 'INBOX_TOO_BIG' : null
}
