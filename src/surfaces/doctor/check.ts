/** One line of the report. `help` says what to do, and is there whenever the level is not `ok`. */
export type Check = {
  readonly level: 'ok' | 'warn' | 'fail'
  readonly subject: string
  readonly message: string
  readonly help: string | null
}

export const ok = (subject: string, message: string): Check => ({ level: 'ok', subject, message, help: null })
export const warn = (subject: string, message: string, help: string): Check => ({
  level: 'warn',
  subject,
  message,
  help,
})
export const fail = (subject: string, message: string, help: string): Check => ({
  level: 'fail',
  subject,
  message,
  help,
})
