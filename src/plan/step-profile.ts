import { anyAgent, type AgentRequest, type PolicyAgent, rankAgents, type Ranking } from './dispatch-policy.ts'
import type { FileSystem } from './permissions.ts'
import type { Plan, Step } from './plan.ts'
import { profileOf, type TaskProfile } from './task-profile.ts'

const profiles = new WeakMap<Step, TaskProfile>()

/** What kind of work a step's own words tell of. Of thousands of steps each is read once. */
export function textProfile(spec: Step): TaskProfile {
  const known = profiles.get(spec) ?? profileOf({ text: textOf(spec), type: spec.type ?? null })
  profiles.set(spec, known)
  return known
}

/** What kind of work a step of a plan is. */
export function stepProfile(spec: Step, { context, constraints }: Plan): TaskProfile {
  const files = context?.['files']
  return profileOf({
    text: textOf(spec),
    type: spec.type ?? null,
    files: Array.isArray(files) ? files.filter((file) => typeof file === 'string') : [],
    requireTests: constraints.requireTests !== null,
    requirePr: constraints.requirePr !== null && constraints.requirePr !== false,
  })
}

/** Whom the dispatch policy would take for a step of a plan, or `null` when the plan names its agent. */
export function rankForStep(spec: Step, plan: Plan, agents: Iterable<PolicyAgent>): Ranking | null {
  const wish = wishOf(spec.agent)
  if (wish === null) return null
  const profile = stepProfile(spec, plan)
  return rankAgents(profile, wish, agents, spec.permissions?.file_system ?? fileSystemFor(profile))
}

/** What work of a kind does with files, where its step does not say: who reviews or designs only reads. */
export const fileSystemFor = ({ type }: Pick<TaskProfile, 'type'>): FileSystem =>
  type === 'review' || type === 'design' ? 'read_only' : 'read_write'

const wishOf = (agent: Step['agent']): AgentRequest | null =>
  typeof agent !== 'string' ? agent : agent === 'auto' ? anyAgent : null

/** The words of a step that tell what it is about. */
function textOf({ body, name, description }: Step): string {
  const prompt = body.kind === 'prompt' && typeof body.prompt === 'string' ? body.prompt : null
  return [name, description, prompt].filter((part) => part !== null).join('\n')
}
