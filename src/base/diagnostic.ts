/** A place in a text. Lines and columns count from 1, in UTF-16 units as editors do; the end is exclusive; a BOM is not counted. */
export type Range = {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export type Severity = 'error' | 'warning'

/**
 * One mistake of a user in a file, as data. `code` is stable and explained by `orchd explain CODE`.
 * The shape is the contract of `orchd validate --json`.
 */
export type Diagnostic = Range & {
  readonly code: string
  readonly severity: Severity
  /** What is wrong, with what: lower case, no full stop, values in quotes. */
  readonly message: string
  readonly file: string
  /** What to do next, or "did you mean". */
  readonly help?: string
}
