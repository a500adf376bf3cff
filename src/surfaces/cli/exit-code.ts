import type { RunResponse } from '../../ports/response.ts'

/** What a command's exit code means; `docs/cli.md` lists the same. Scripts rely on them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  rejected: 3,
  budget: 4,
  timeout: 5,
  waiting: 6,
  busy: 75,
  cancelled: 130,
} as const

/** The exit code of a run as it stands: what became of it, or 6 while it waits. */
export function exitCodeOf({ status, outcome, cause }: Pick<RunResponse, 'status' | 'outcome' | 'cause'>): number {
  switch (status) {
    case 'completed':
      return exitCodes.ok
    case 'cancelled':
      return exitCodes.cancelled
    case 'queued':
    case 'running':
    case 'waiting':
      return exitCodes.waiting
    case 'failed':
      if (cause === 'gate_rejected' || cause === 'gate_blocked') return exitCodes.rejected
      if (cause === 'budget') return exitCodes.budget
      // Only the run's own limit makes its outcome `timeout`; a step's timeout is a failure like others.
      return outcome === 'timeout' ? exitCodes.timeout : exitCodes.failed
  }
}
