import type { Diagnostic } from '../../base/diagnostic.ts'

/** What is written beside a rejected file: the shape of `orchd validate --json`. */
export type Rejection = {
  readonly valid: false
  readonly diagnostics: readonly Diagnostic[]
  readonly files?: readonly { readonly file: string; readonly valid: boolean }[]
}

/** Why the inbox refuses a file without reading it as a plan, by code. `orchd explain CODE` can show the texts. */
export const refusals = {
  INBOX_LINK: {
    message: 'is a symbolic link; links are not followed',
    help: 'drop the file itself: write it beside the inbox and move it in',
  },
  INBOX_NOT_A_FILE: {
    message: 'is not a regular file',
    help: 'drop a plain file',
  },
  INBOX_HARD_LINK: {
    message: 'has another name elsewhere (a hard link), so its text could still change',
    help: 'drop a copy: cp PLAN inbox/.PLAN.tmp && mv inbox/.PLAN.tmp inbox/PLAN',
  },
  INBOX_OWNER: {
    message: 'belongs to another user than the daemon',
    help: 'drop it as the user that the daemon runs as',
  },
  INBOX_TOO_BIG: {
    message: 'is larger than a plan may be (1 MiB)',
    help: 'make it smaller: large data belongs into files that steps read',
  },
  INBOX_UNREADABLE: {
    message: 'cannot be read by the daemon',
    help: 'give the daemon permission to read it, and drop it again',
  },
} as const

export type Refusal = keyof typeof refusals

export function refused(file: string, code: Refusal): Rejection {
  const { message, help } = refusals[code]
  return rejection(file, code, `"${file}" ${message}`, help)
}

/** A rejection for one reason that has no place in the text, so it points to the start of the file. */
export function rejection(file: string, code: string, message: string, help: string): Rejection {
  const diagnostic: Diagnostic = {
    code,
    severity: 'error',
    message,
    file,
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 1,
    help,
  }
  return { valid: false, diagnostics: [diagnostic], files: [{ file, valid: false }] }
}
