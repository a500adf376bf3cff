/** How a step or a run ended. `failure`: the work failed; `error`: orchd could not do it. */
export const outcomes = ['success', 'failure', 'error', 'timeout', 'cancellation', 'skip'] as const
export type Outcome = (typeof outcomes)[number]

/** Why it was not a success. A closed set: it is also the span attribute `error.type`. */
export const causes = [
  'exit_nonzero',
  'verify_failed',
  'tests_failed',
  'agent_error',
  'rate_limited',
  'usage_limit',
  'overloaded',
  'auth',
  'transient',
  'stalled',
  'timeout',
  'crashed',
  'spawn_failed',
  'sandbox_unavailable',
  'permission_denied',
  'output_limit',
  'output_invalid',
  'expression_failed',
  'merge_conflict',
  'gate_rejected',
  'gate_blocked',
  'budget',
  'cancelled',
  'daemon_lost',
] as const
export type Cause = (typeof causes)[number]

/** Causes that a retry cannot mend, so that `retry.on` leaves them out by default (design: retry semantics). */
export const neverRetried: ReadonlySet<Cause> = new Set<Cause>([
  'auth',
  'permission_denied',
  'gate_rejected',
  'gate_blocked',
  'budget',
  'cancelled',
])

/** Why a step was never started. */
export type SkipCause = 'condition' | 'upstream_failed' | 'upstream_skipped'
