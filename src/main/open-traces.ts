import type { Config } from '../config/config.ts'

/** Where agents may send spans of their own; a receiver that wants headers gets none of them: those are secrets. */
export const openTracesUrl = ({ enabled, tracesUrl, headers }: Config['telemetry']): string | null =>
  enabled && Object.keys(headers).length === 0 ? tracesUrl : null
