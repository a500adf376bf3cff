import { createHash } from 'node:crypto'

/** A secret in a text; the secret itself is left behind. */
export type FoundSecret = {
  readonly rule: string
  /** From 1. */
  readonly line: number
  /** The first 8 hex digits of the SHA-256 of the secret. */
  readonly sha256: string
}

/** A secret in its place in the text that was searched. */
export type Match = { readonly rule: string; readonly index: number; readonly text: string }

/** The first 8 hex digits of the SHA-256: names a thing without showing it. */
export const fingerprint = (text: string | Uint8Array): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 8)
