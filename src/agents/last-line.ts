import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { lacksDescriptor } from './descriptors.ts'
import { sealedLogName } from './seal.ts'

const windowBytes = 4096

/**
 * The last line with anything to read in a sealed log, without colours and control characters; `null`: there is none. What the
 * sandbox's proxy refused is quoted only when nothing else was said: programs ask for more than they need (npm looks for
 * a newer npm), and that is seldom why they fail.
 */
export function lastLine(folder: string): string | null {
  const lines = stripVTControlCharacters(readEnd(join(folder, sealedLogName)))
    .split(/[\r\n]+/)
    .map((line) => printable(line))
    .filter((line) => line !== '')
  return lines.findLast((line) => !proxyRefusal.test(line)) ?? lines.at(-1) ?? null
}

/** As src/sandbox/network.pl writes it. */
const proxyRefusal = /^network: \S+ is refused: /

/** One line for people, at most `longest` characters. */
export function oneLine(text: string, longest: number): string {
  const line = printable(text)
  return line.length <= longest ? line : `${line.slice(0, longest - 1).toWellFormed()}…`
}

/** C0 and C1 controls, and the characters that turn the direction of text, become blanks. */
const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]+/g, ' ').trim()

function readEnd(path: string): string {
  try {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      const buffer = Buffer.alloc(Math.min(windowBytes, size))
      readSync(file, buffer, 0, buffer.length, size - buffer.length)
      return buffer.toString('utf8')
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return '' // no log, nothing to quote
  }
}
