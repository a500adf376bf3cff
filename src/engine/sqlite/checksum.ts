import type { SQLOutputValue } from 'node:sqlite'
import { crc32 } from 'node:zlib'

export type Row = Record<string, SQLOutputValue>

export const checksumOfEvent = (seq: number, run: string, at: number, type: string, data: string): number =>
  crc32(`${seq}|${run}|${at}|${type}|${data}`)

/** Of all that a row of `runs` says, in the order of its columns. */
export const checksumOfRun = (row: Row): number =>
  crc32(
    JSON.stringify([row['run_id'], row['plan'], row['submitted_at'], row['finished_at'], row['outcome'], row['key']]),
  )

export const checksumOfCursor = (name: string, value: number): number => crc32(`${name}|${value}`)
