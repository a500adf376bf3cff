declare const brand: unique symbol
/** A string that was checked once, where it was made, and is trusted from there on. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** One execution of a plan: `r` and 14 base-32 characters, in order of time (`newRunId`). */
export type RunId = Brand<string, 'RunId'>
/** A step of a run. Inside a sub-plan `sub/step`, a matrix instance `audit.1`; otherwise the id that the plan gives. */
export type StepId = Brand<string, 'StepId'>

/** The syntax of ids that people write in plans: they end up in git refs, so no dots and no upper case. */
export const idPattern = '^[a-z][a-z0-9]*([_-][a-z0-9]+)*$'
export const idMaxLength = 64

const digits = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * Makes a run id that sorts by time: 45 bits of milliseconds, then 25 random bits (14 base-32 digits behind the `r`).
 *
 * @param entropy a whole number from 0 to 2^25 - 1; chance is an input below the IO line
 */
export function newRunId(now: Instant, entropy: number): RunId {
  // The one place where a run id is made from parts, hence the cast.
  return `r${base32(now, 9)}${base32(entropy, 5)}` as RunId
}

/** Whether a text has the form of a run id. */
export const isRunId = (text: string): boolean => new RegExp(`^r[${digits}]{14}$`).test(text)

/** Trusts a text that was already checked (by the schema, or because it comes from the journal). */
export const stepId = (text: string): StepId => text as StepId
export const runId = (text: string): RunId => text as RunId

function base32(value: number, width: number): string {
  let text = ''
  for (let rest = value, i = 0; i < width; i++, rest = Math.floor(rest / 32)) text = digits[rest % 32] + text
  return text
}

/** A point in time: milliseconds since 1970-01-01 UTC. */
export type Instant = number
