import { closeSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { OrchdError } from '../../base/errors.ts'

/**
 * The bytes of a file, or of standard input for `-`, but never more than `mostBytes`: what has no end (/dev/zero) has an
 * end here, and whoever asks for one byte more than is allowed can tell that there was too much.
 *
 * @throws OrchdError FILE_UNREADABLE
 */
export function readFileAtMost(path: string, cwd: string, mostBytes: number): Uint8Array {
  try {
    if (path === '-') return readDescriptor(0, mostBytes)
    const file = openSync(resolve(cwd, path), 'r')
    try {
      return readDescriptor(file, mostBytes)
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OrchdError('FILE_UNREADABLE', `cannot read "${path}": ${why}`, { cause })
  }
}

/** The bytes of an open file from where it stands. */
export function readDescriptor(file: number, mostBytes: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(mostBytes)
  let length = 0
  for (let more = 1; more > 0 && length < mostBytes; length += more)
    more = readSome(file, buffer, length, mostBytes - length)
  return buffer.subarray(0, length)
}

const pause = new Int32Array(new SharedArrayBuffer(4))
const pauseMs = 5

/** A terminal or pipe that another program has made non-blocking says EAGAIN where it should wait. */
function readSome(file: number, buffer: Buffer, from: number, length: number): number {
  for (;;) {
    try {
      return readSync(file, buffer, from, length, null)
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, pauseMs)
    }
  }
}
