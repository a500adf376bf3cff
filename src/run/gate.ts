import type { StepId } from '../base/ids.ts'
import { conflictDecided } from './conflicted.ts'
import type { Draft } from './draft.ts'
import type { GateDecided, GateOpened } from './event.ts'
import { finish } from './flow.ts'
import { reviewDecided } from './reviewed.ts'
import type { StepState } from './state.ts'
import { rewind } from './void.ts'

export function gateOpened(draft: Draft, index: number, state: StepState, event: GateOpened): void {
  const { body } = draft.spec(index)
  if (state.status !== 'to_open' || body.kind !== 'approval') return
  draft.move(index, {
    status: 'gated',
    openedAt: event.at,
    deadlineAt: event.at + body.timeoutMs,
    prompt: event.prompt,
    past: { ...state.past, openings: state.past.openings + 1 },
  })
}

/**
 * A rejection by a person sends the run back to `on_reject.rewind_to`, as often as the gate may.
 *
 * @param rewinds how often each gate did so; the result is the same afterwards
 */
export function gateDecided(
  draft: Draft,
  index: number,
  state: StepState,
  event: GateDecided,
  rewinds: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const { body } = draft.spec(index)
  if (state.status === 'gated' && state.reviewed !== undefined) reviewDecided(draft, index, state, event)
  if (state.status === 'gated' && state.conflict !== undefined) conflictDecided(draft, index, state, event)
  if (state.status !== 'gated' || body.kind !== 'approval') return rewinds
  const approved = event.decision === 'approve'
  if (!approved && event.by !== null && body.onReject !== null) {
    const target = targetOf(draft, index, body.onReject.rewindTo)
    // Gates of a matrix count together, as the one step that the plan has.
    const gate = draft.levelOf(index).kind === 'instances' ? (draft.levelOf(index).owner ?? index) : index
    const before = rewinds.get(gate) ?? 0
    if (target !== null && before < body.onReject.maxRewinds) {
      rewind(draft, [target], { only: false })
      return new Map(rewinds).set(gate, before + 1)
    }
  }
  finish(draft, index, {
    ...(approved
      ? { outcome: 'success' as const, cause: null }
      : { outcome: 'failure' as const, cause: 'gate_rejected' as const }),
    message: event.comment ?? (event.by === null ? 'nobody answered in time' : null),
    startedAt: state.openedAt,
    decidedBy: event.by,
  })
  return rewinds
}

/** The step of the gate's own plan that has this id. */
function targetOf(draft: Draft, index: number, id: StepId): number | null {
  let level = draft.levelOf(index)
  if (level.kind === 'instances' && level.parent !== null) level = draft.level(level.parent)
  const local = level.graph.indexOf.get(id)
  return local === undefined ? null : level.base + local
}
