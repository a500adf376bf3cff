import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** The file of a program: itself when it is a path, else the first of that name on PATH; `null`: there is none. */
export function findProgram(name: string, path: string | undefined): string | null {
  if (name.includes('/')) return isAbsolute(name) && isExecutable(name) ? name : null
  const folders = (path ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter).filter((folder) => isAbsolute(folder))
  return folders.map((folder) => join(folder, name)).find((file) => isExecutable(file)) ?? null
}

/** Why a program is not found, in words. */
export function missingProgram(name: string): string {
  if (!name.includes('/')) return `"${name}" is not installed: it is not on PATH`
  return isAbsolute(name)
    ? `"${name}" is not installed: there is no such program`
    : `"${name}" is not found: it must be a name on PATH or an absolute path`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
