import { OrchdError } from './errors.ts'

const codes: readonly unknown[] = ['ENOSPC', 'EDQUOT']

/** What the system says of a disk or a quota that is full, as our error; `null` when it says something else. */
export function noSpace(cause: unknown): OrchdError | null {
  if (!(cause instanceof Error && 'code' in cause && codes.includes(cause.code))) return null
  return new OrchdError('DISK_FULL', cause.message, { cause })
}
