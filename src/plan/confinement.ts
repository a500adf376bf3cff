import type { PlanDocument, Step as StepDocument } from './generated/plan-document.ts'
import { permissionsFrom } from './permissions.ts'
import type { PermissionWords, Step } from './plan.ts'

type Sandbox = 'required' | 'preferred' | 'off'
type Confined = Pick<Step, 'confinement' | 'afterAgents' | 'permissions' | 'free'>

/**
 * How the work of a step is confined, as properties to spread. Agents run what a model thinks of: they are confined
 * unless somebody switches it off. People write shell steps, so these run free unless a sandbox is asked for: by
 * `sandbox`, or by permissions of the step's own, which only a sandbox can hold it to; but where an agent was at work
 * before in the same workspace, what they run may be an agent's.
 *
 * @param agents the sandbox of agents where the plan says nothing; `null`: the simulated agent does it
 */
export function confinementFrom(step: StepDocument, { defaults = {} }: PlanDocument, agents: Sandbox | null): Confined {
  const words = { ...defaults.permissions, ...step.permissions }
  const isCommand = step.run !== undefined || isOwnMerge(step)
  if (isCommand) {
    const sandbox =
      step.sandbox ?? (step.permissions === undefined ? (defaults.sandbox ?? 'off') : orRequired(defaults.sandbox))
    if (sandbox !== 'off') return confined(sandbox, words)
    const after = step.sandbox ?? defaults.sandbox ?? agents ?? 'off'
    if (after === 'required' && Object.keys(words).length === 0) return {}
    return { afterAgents: confined(after, words).confinement ?? null }
  }
  if (step.approval !== undefined || step.plan !== undefined) return {}
  const isSaid = Object.keys(words).length > 0
  const sandbox = step.sandbox ?? defaults.sandbox ?? agents ?? 'off'
  const isFree = sandbox === 'off' && agents !== null
  return {
    ...confined(sandbox, words),
    ...(isFree ? { free: true } : {}),
    ...(isSaid ? { permissions: words } : {}),
  }
}

/** An `integrate` in which no agent works: all that runs in it is its check. */
const isOwnMerge = ({ integrate }: StepDocument): boolean =>
  integrate !== undefined && integrate.on_conflict !== 'resolve_with_agent'

const confined = (sandbox: Sandbox, words: PermissionWords): Confined =>
  sandbox === 'off' ? {} : { confinement: { sandbox, permissions: permissionsFrom(words) } }

const orRequired = (sandbox: Sandbox | undefined): 'required' | 'preferred' =>
  sandbox === 'preferred' ? 'preferred' : 'required'
