import { closeSync, constants, fstatSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Redactor } from '../base/redact.ts'
import { logName } from '../ports/logs.ts'
import { lacksDescriptor } from './descriptors.ts'
import { isCut, type OutputCaps, redactedOutput } from './raw-log.ts'

/** While an attempt runs, its output as it is; then, redacted, for good. */
export const rawLogName = 'output.raw'
export const sealedLogName = logName

/** Up to here the file is read at once; it costs less than going to the thread pool several times. */
const smallBytes = 1 << 16

/** What is known of an output once it is sealed. `bytes` counts what the attempt wrote, cut or not. */
export type Sealed = { readonly bytes: number; readonly truncated: boolean }

/**
 * Replaces the raw output of an attempt that is over by the log that may be read: secrets redacted, capped.
 * An empty output stays as it is, since a file less would not be worth a change to the disk.
 * May be called again after a crash at any point.
 *
 * @throws the system's error, for example when the disk is full; the raw output is still there then
 */
export async function sealLog(folder: string, redactor: Redactor, caps: OutputCaps): Promise<Sealed> {
  const raw = openRaw(folder)
  if (raw === null) return { bytes: 0, truncated: false }
  const bytes = fstatSync(raw).size
  const truncated = isCut(bytes, caps)
  if (bytes > smallBytes || truncated) {
    closeSync(raw)
    await sealLarge(folder, redactor, caps, bytes)
  } else {
    sealSmall(folder, redactor, readClosing(raw, bytes))
  }
  return { bytes, truncated }
}

function sealSmall(folder: string, redactor: Redactor, output: Uint8Array): void {
  if (output.length === 0) return
  const stream = redactor.stream()
  const parts = [stream.push(output), stream.end()]
  // The mask is shorter than any secret, so an equal length means that nothing was replaced.
  if (parts[0]!.length + parts[1]!.length === output.length) {
    return renameSync(join(folder, rawLogName), join(folder, sealedLogName))
  }
  const draft = join(folder, `${sealedLogName}.tmp`)
  writeFileSync(draft, Buffer.concat(parts), { mode: 0o600 })
  renameSync(draft, join(folder, sealedLogName))
  rmSync(join(folder, rawLogName))
}

async function sealLarge(folder: string, redactor: Redactor, caps: OutputCaps, bytes: number): Promise<void> {
  const [raw, sealed, draft] = [rawLogName, sealedLogName, `${sealedLogName}.tmp`].map((name) => join(folder, name))
  const file = await open(raw!, 'r')
  try {
    if (!isCut(bytes, caps) && (await holdsNothing(file, bytes, redactor, caps))) return await rename(raw!, sealed!)
    const target = await open(draft!, 'w', 0o600)
    try {
      for await (const part of redactedOutput(file, bytes, redactor, caps)) await writeAll(target, part)
    } finally {
      await target.close()
    }
    await rename(draft!, sealed!)
    await rm(raw!)
  } finally {
    await file.close()
  }
}

async function holdsNothing(file: FileHandle, bytes: number, redactor: Redactor, caps: OutputCaps): Promise<boolean> {
  let shown = 0
  for await (const part of redactedOutput(file, bytes, redactor, caps)) shown += part.length
  return shown === bytes
}

/** A full disk shows itself as a short write first. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten
}

function openRaw(folder: string): number | null {
  try {
    return openSync(join(folder, rawLogName), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return null // it never began, or it is sealed already
  }
}

function readClosing(file: number, bytes: number): Uint8Array {
  try {
    const buffer = Buffer.allocUnsafe(bytes)
    return buffer.subarray(0, bytes === 0 ? 0 : readSync(file, buffer, 0, bytes, 0))
  } finally {
    closeSync(file)
  }
}
