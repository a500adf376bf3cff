import type { Instant } from '../base/ids.ts'
import { AgentSlots } from '../run/agent-slots.ts'
import type { Roster } from '../run/roster.ts'
import { standstillOf } from '../run/standstill.ts'
import type { RunState } from '../run/state.ts'
import type { Batch } from './batch.ts'

/** Journals when a run comes to a standstill for want of agents, and when that is over. */
export function noteStandstills(batch: Batch, runs: readonly RunState[], roster: Roster, now: Instant): void {
  const isTrouble = roster.standings.size > 0 || Array.from(roster.agents.values()).some(({ down }) => down !== null)
  if (!isTrouble && runs.every(({ standstill }) => standstill === null)) return
  const slots = new AgentSlots(roster, runs)
  for (const run of runs) {
    const standstill = standstillOf(run, { roster, slots, now })
    if (JSON.stringify(standstill) !== JSON.stringify(run.standstill))
      batch.add(run.id, { type: 'standstill_changed', at: now, standstill })
  }
}
