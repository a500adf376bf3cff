import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { findProgram } from '../find-program.ts'

/**
 * What a program needs of the disk to run where nothing else can be seen: its file, what it was installed with, and
 * the interpreter that its first line names, with the same. Whatever else a program of a person's own reads, only that
 * person can say.
 *
 * @param keepOut what must not be seen along with it: a folder that holds one of these is not shown, only the file
 */
export function programFiles(file: string, path: string | undefined, keepOut: readonly string[]): readonly string[] {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return []
  const interpreter = interpreterOf(file, path)
  return [file, interpreter].flatMap((one) => (one === null ? [] : [one, ...installFolder(one, keepOut)]))
}

/** The folder that a program came with: all of a tree of packages, or what lies around its `bin`. */
function installFolder(file: string, keepOut: readonly string[]): readonly string[] {
  const real = realPath(file)
  if (real === null) return []
  const folder = dirname(real)
  const packages = /^.*?\/node_modules(?=\/)/.exec(real)?.[0]
  const around = packages ?? (basename(folder) === 'bin' ? dirname(folder) : folder)
  const isShared = basename(around) === '.local' || around === '/'
  const shows = keepOut.some((path) => `${realPath(path) ?? path}/`.startsWith(`${around}/`))
  return isShared || shows ? [] : [around]
}

const lineBytes = 256

/** What the first line `#!...` names; of `env NAME` the program of that name. */
function interpreterOf(file: string, path: string | undefined): string | null {
  const [, program = '', name] = /^#!\s*(\S+)(?:\s+(?:-S\s+)?(\S+))?/.exec(firstBytes(file)) ?? []
  if (program === '') return null
  return basename(program) === 'env' && name !== undefined ? findProgram(name, path) : program
}

function firstBytes(file: string): string {
  const buffer = Buffer.alloc(lineBytes)
  try {
    const descriptor = openSync(file, 'r')
    try {
      return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, lineBytes, 0)).split('\n')[0] ?? ''
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return '' // only to be executed
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null // not there
  }
}
