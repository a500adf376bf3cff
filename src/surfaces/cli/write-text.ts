import { writeFileSync } from 'node:fs'
import { OrchdError } from '../../base/errors.ts'

/** Writes a file that a person asked for. @throws OrchdError FILE_UNWRITABLE */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OrchdError('FILE_UNWRITABLE', `cannot write "${file}": ${why}`, { cause })
  }
}
