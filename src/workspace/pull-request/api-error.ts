import type { Cause } from '../../base/cause.ts'

/** Why a server did not do what it was asked for; the message says what to do. */
export class ApiError extends Error {
  readonly reason: Cause

  constructor(reason: Cause, message: string) {
    super(message)
    this.name = 'ApiError'
    this.reason = reason
  }
}
