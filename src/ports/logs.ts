/** The whole, redacted log in the folder of an attempt that is over. */
export const logName = 'output.log'

/**
 * Reads the log of one attempt, redacted: what is there already, and then what comes, when it follows.
 * Bytes, not text: steps print what they like. The bytes are the same before and after the log is sealed.
 *
 * Ends when all is read; a follower ends when the attempt is over (its log is sealed) or `signal` aborts.
 * An attempt without any output, or that never began, has an empty log.
 */
export type LogReader = (folder: string, options: LogReadOptions) => AsyncIterable<Uint8Array>

export type LogReadOptions = {
  readonly follow: boolean
  /** How many bytes of the redacted log to leave out: what an interrupted reader has already. */
  readonly from?: number
  readonly signal?: AbortSignal
  /** Values that this attempt's plan marks as secret, beside those that the reader knows anyway. */
  readonly secretValues?: readonly string[]
}
