import { writeFileSync } from 'node:fs'
import { OrchdError } from '../../base/errors.ts'

/**
 * Writes a file that a person asked for.
 *
 * @param mayOverwrite whether one that is there already may be lost
 * @throws OrchdError FILE_UNWRITABLE, FILE_EXISTS
 */
export function writeText(file: string, text: string, mayOverwrite = true): void {
  try {
    writeFileSync(file, text, { flag: mayOverwrite ? 'w' : 'wx' })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new OrchdError('FILE_EXISTS', `"${file}" is there already`, { cause })
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OrchdError('FILE_UNWRITABLE', `cannot write "${file}": ${why}`, { cause })
  }
}
