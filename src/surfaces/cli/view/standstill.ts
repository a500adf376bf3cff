import { safeLine } from './safe-text.ts'

/** Why nothing of a run goes on: `waits for quota: codex parked until 17:40 UTC (usage_limit)`. */
export const standstillWords = (standstill: { readonly for: string; readonly why: string }): string =>
  `waits for ${standstill.for}: ${safeLine(standstill.why, 300)}`
