import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Redactor } from '../../base/redact.ts'
import { lacksDescriptor } from '../descriptors.ts'
import { rawLogName, sealedLogName } from '../seal.ts'

const mostBytes = 16 * 1024

/** The end of an attempt's log in whole lines, without secrets; empty where there is none. @throws for want of descriptors */
export function logTail(folder: string, redactor: Redactor): string {
  for (const name of [sealedLogName, rawLogName]) {
    const text = endOfFile(join(folder, name))
    if (text !== null) return redactor.text(text).trimEnd()
  }
  return ''
}

function endOfFile(path: string): string | null {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { size } = fstatSync(file)
      const buffer = Buffer.alloc(Math.min(size, mostBytes))
      const bytes = readSync(file, buffer, 0, buffer.length, size - buffer.length)
      const text = buffer.toString('utf8', 0, bytes)
      return size > mostBytes ? `[...]\n${text.slice(text.indexOf('\n') + 1)}` : text
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return null // there is none
  }
}
