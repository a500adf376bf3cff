import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { unredacted } from '../../base/redact.ts'
import { lacksDescriptor } from '../descriptors.ts'
import type { LineParser } from '../events.ts'
import { type OutputCaps, redactedOutput } from '../raw-log.ts'
import { rawLogName, sealedLogName } from '../seal.ts'
import { LineSplitter } from './lines.ts'
import { nothingSeen, see, type Seen } from './seen.ts'

/**
 * What is read here is not shown to anybody: texts are redacted where they enter a result.
 *
 * What an attempt that is over told, from its log: the raw one, or after a crash in the middle of its conclusion the
 * sealed one. A log that cannot be read tells nothing.
 *
 * @throws when there is no descriptor for it
 */
export async function readStream(folder: string, parse: LineParser, caps: OutputCaps): Promise<Seen> {
  const splitter = new LineSplitter()
  let seen = nothingSeen
  const take = (lines: readonly string[]): void => {
    for (const line of lines) for (const event of parse(line)) seen = see(seen, event)
  }
  try {
    await using file = await openLog(folder)
    if (file === null) return seen
    for await (const part of redactedOutput(file, (await file.stat()).size, unredacted, caps)) take(splitter.push(part))
    take(splitter.end())
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    // A disk that fails: what was read so far is what is known.
  }
  return seen
}

const endBytes = 1 << 20

/** The last megabyte of the same. @throws when there is no descriptor for it */
export async function readEnd(folder: string): Promise<string> {
  try {
    await using file = await openLog(folder)
    if (file === null) return ''
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.min(size, endBytes))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return '' // a disk that fails
  }
}

async function openLog(folder: string): Promise<FileHandle | null> {
  for (const name of [rawLogName, sealedLogName]) {
    const file = await open(join(folder, name), 'r').catch((error: unknown) => {
      if (lacksDescriptor(error)) throw error
      return null
    })
    if (file !== null) return file
  }
  return null
}
