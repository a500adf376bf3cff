import { textProfile } from '../plan/step-profile.ts'
import type { Step } from '../plan/plan.ts'
import type { PastAttempts } from './past-attempts.ts'
import { isShared } from './shared.ts'
import type { RunStep } from './state.ts'

/**
 * What a step that wants a slot asks for, as one text. Steps of one plan with the same demand get the same answer to the
 * question which agent could take them now, so that when one of them has to wait for an agent, all of them do.
 */
export function demandOf(step: RunStep, past: PastAttempts): string {
  const demand = demandForAgent(step, past)
  return isShared(step.spec) ? `${sharedMark}${demand}` : demand
}

const sharedMark = 'shared '

/** Whether a step with this demand asks for the shared workspace, too: of all these, one can start. */
export const wantsShared = (demand: string): boolean => demand.startsWith(sharedMark)

function demandForAgent({ spec, level, instance }: RunStep, { left, agent: last }: PastAttempts): string {
  const { body, agent, fallback, alone = false } = spec
  if (body.kind === 'run') return 'shell'
  if (isOwnWork(body)) return 'orchd'
  const isName = typeof agent === 'string' && agent !== 'auto'
  const isPlain = isName && fallback.length === 0 && left.length === 0 && !agent.includes('${{')
  if (isPlain) return agent
  // What an expression comes to depends on where it stands and on the names that an instance gives to it.
  const names = isName && agent.includes('${{') ? (instance?.names ?? null) : null
  const { type, size } = isName ? { type: null, size: null } : textProfile(spec)
  return JSON.stringify([
    level,
    agent,
    fallback,
    alone,
    left,
    last,
    names,
    type,
    size,
    spec.permissions?.file_system ?? null,
  ])
}

/** What orchd does itself, without an agent. */
export const isOwnWork = (body: Step['body']): boolean =>
  body.kind === 'publish' ||
  body.kind === 'pull_request' ||
  (body.kind === 'integrate' && body.onConflict !== 'resolve_with_agent')

/** Whether an attempt uses no model: a command, or what orchd does itself. `agent` as the attempt has it. */
export const isFree = (agent: string): boolean => agent === 'shell' || agent === 'orchd'
