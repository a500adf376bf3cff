import type { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { checksumOfCursor, type Row } from './checksum.ts'

/** How many rows a table has, and the sum of their checksums: the same for the same rows in whatever order they came. */
export type TableSum = { readonly rows: number; readonly sum: number }

/** What the database says of its own content: each transaction brings it up to date, and opening compares the two. */
export type Digest = {
  /** The schema's version, and a checksum of its text. */
  readonly version: number
  readonly schema: number
  /** The number of the last transaction. */
  readonly commits: number
  readonly events: TableSum
  readonly runs: TableSum
  readonly cursors: TableSum
}

/** Sums of 32-bit checksums stay exact numbers. */
const modulus = 2 ** 48

export const noRows: TableSum = { rows: 0, sum: 0 }
export const plus = ({ rows, sum }: TableSum, checksum: number): TableSum => ({
  rows: rows + 1,
  sum: (sum + checksum) % modulus,
})
export const minus = ({ rows, sum }: TableSum, checksum: number): TableSum => ({
  rows: rows - 1,
  sum: (sum - checksum + modulus) % modulus,
})

const columns = [
  'version',
  'schema',
  'commits',
  'events',
  'events_sum',
  'runs',
  'runs_sum',
  'cursors',
  'cursors_sum',
] as const

const valuesOf = ({ version, schema, commits, events, runs, cursors }: Digest): number[] => [
  version,
  schema,
  commits,
  ...[events, runs, cursors].flatMap(({ rows, sum }) => [rows, sum]),
]

const checksumOf = (values: readonly number[]): number => crc32(values.join('|'))

/** Its row in the database; `null` when there is none, or when it was changed. */
export type DigestRow = { read(): Digest | null; write(digest: Digest): void }

export function digestRow(database: DatabaseSync): DigestRow {
  const read = database.prepare('select * from digest')
  const write = database.prepare(
    `insert or replace into digest (id, ${columns.join(', ')}, crc) values (1, ${columns.map(() => '?').join(', ')}, ?)`,
  )
  return {
    read: () => digestOf(read.get()),
    write(digest) {
      const values = valuesOf(digest)
      write.run(...values, checksumOf(values))
    },
  }
}

function digestOf(row: Row | undefined): Digest | null {
  if (row === undefined) return null
  const value = (name: (typeof columns)[number]): number => Number(row[name])
  if (checksumOf(columns.map(value)) !== Number(row['crc'])) return null
  return {
    version: value('version'),
    schema: value('schema'),
    commits: value('commits'),
    events: { rows: value('events'), sum: value('events_sum') },
    runs: { rows: value('runs'), sum: value('runs_sum') },
    cursors: { rows: value('cursors'), sum: value('cursors_sum') },
  }
}

export function schemaChecksum(database: DatabaseSync): number {
  const parts = database.prepare('select type, name, tbl_name, sql from sqlite_schema order by type, name').all()
  return crc32(JSON.stringify(parts))
}

export function cursorsOf(database: DatabaseSync): TableSum {
  let total = noRows
  for (const row of database.prepare('select * from cursors').iterate()) {
    total = plus(total, checksumOfCursor(String(row['name']), Number(row['value'])))
  }
  return total
}
