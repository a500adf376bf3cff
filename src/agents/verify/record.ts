import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '../../base/ids.ts'
import type { AttemptResult } from '../../run/attempt-result.ts'
import { lacksDescriptor } from '../descriptors.ts'

/** In the attempt's folder: how far its rounds have come. */
export const recordName = 'rounds.json'

/**
 * Agent and check in turn, the agent first. Each is written down before it starts and when it has ended, so that whoever
 * comes next knows where to go on; only the last one may have no result.
 */
export type Record = {
  readonly phases: readonly Phase[]
  /** Whether nothing comes any more. */
  readonly isOver: boolean
}

export type Phase = { readonly startedAt: Instant; readonly result: AttemptResult | null }

/** The agent's first round has the attempt's own folder, as without a check. */
export function phaseFolder(folder: string, index: number): string {
  const round = Math.floor(index / 2) + 1
  if (index === 0) return folder
  return join(folder, isCheck(index) ? `verify.${round}` : `round.${round}`)
}

/** For people. */
export const phaseName = (index: number): string =>
  isCheck(index) ? `the check of round ${(index + 1) / 2}` : `round ${index / 2 + 1}`

export const isCheck = (index: number): boolean => index % 2 === 1

/** @throws the system's error, for example when the disk is full */
export function saveRecord(folder: string, record: Record): void {
  const file = join(folder, recordName)
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** `null`: the attempt has none, or has not begun. @throws for want of descriptors */
export function loadRecord(folder: string): Record | null {
  try {
    return JSON.parse(readFileSync(join(folder, recordName), 'utf8')) as Record // `saveRecord` wrote it, whole
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return null // there is none
  }
}
