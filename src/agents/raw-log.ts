import type { FileHandle } from 'node:fs/promises'
import type { Redactor } from '../base/redact.ts'

/** How much of an output is kept: its beginning and its end. */
export type OutputCaps = { readonly headBytes: number; readonly tailBytes: number }

export const defaultCaps: OutputCaps = { headBytes: 48 * 2 ** 20, tailBytes: 16 * 2 ** 20 }

/** Looking a chunk through for secrets holds up the event loop: about a millisecond for this much. */
const chunkBytes = 1 << 16

/** How far into the tail to look for the beginning of a line. */
const lineSearchBytes = 1 << 16

/** Whether an output of this size is cut. */
export const isCut = (size: number, caps: OutputCaps): boolean => size > caps.headBytes + caps.tailBytes

/** The line that stands for what is left out. */
export const cutNote = (bytes: number): Uint8Array => Buffer.from(`\n[... ${bytes} bytes cut ...]\n`)

/** A raw output as it may be shown: redacted, and without the part between head and tail, in bounded memory. */
export async function* redactedOutput(
  file: FileHandle,
  size: number,
  redactor: Redactor,
  caps: OutputCaps,
): AsyncGenerator<Uint8Array> {
  const cut = isCut(size, caps)
  const head = redactor.stream()
  for await (const chunk of chunks(file, 0, cut ? caps.headBytes : size)) yield head.push(chunk)
  yield head.end(cut)
  if (!cut) return

  const tail = await tailStart(file, size, redactor, caps)
  yield cutNote(tail.from + tail.hiddenBytes - caps.headBytes)
  const stream = redactor.stream(tail.hiddenBytes)
  for await (const chunk of chunks(file, tail.from, size)) yield stream.push(chunk)
  yield stream.end()
}

/** Where to read the tail from, and how much of it only to look at. */
export type TailStart = { readonly from: number; readonly hiddenBytes: number }

/** The tail is shown from a line on that is so far in that no secret which began before the tail reaches it. */
export async function tailStart(
  file: FileHandle,
  size: number,
  redactor: Redactor,
  caps: OutputCaps,
): Promise<TailStart> {
  const from = size - caps.tailBytes
  const buffer = Buffer.allocUnsafe(Math.min(redactor.longest + lineSearchBytes, caps.tailBytes))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
  const newline = buffer.subarray(0, bytesRead).indexOf(0x0a, redactor.longest)
  return { from, hiddenBytes: newline >= 0 ? newline + 1 : Math.min(redactor.longest, caps.tailBytes) }
}

/** One buffer serves all: a chunk is good until the next one is asked for. */
async function* chunks(file: FileHandle, from: number, to: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, to - from)))
  for (let at = from; at < to;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}
