import type {
  PlanDocument,
  Permissions as PermissionsDocument,
  Step as StepDocument,
} from './generated/plan-document.ts'
import type { Confinement, Permissions } from './plan.ts'

/**
 * How a shell step is confined, as a property to spread. People write shell steps, so they run free unless a sandbox is
 * asked for: by `sandbox`, or by permissions of the step's own, which only a sandbox can hold it to. What no word
 * restricts is allowed, except changes of the repository: from there a step could have commands run outside.
 */
export function confinementFrom(step: StepDocument, { defaults = {} }: PlanDocument): { confinement?: Confinement } {
  if (step.run === undefined) return {}
  const sandbox =
    step.sandbox ?? (step.permissions === undefined ? (defaults.sandbox ?? 'off') : orRequired(defaults.sandbox))
  if (sandbox === 'off') return {}
  return { confinement: { sandbox, permissions: permissionsFrom({ ...defaults.permissions, ...step.permissions }) } }
}

const orRequired = (sandbox: 'required' | 'preferred' | 'off' | undefined): 'required' | 'preferred' =>
  sandbox === 'preferred' ? 'preferred' : 'required'

const permissionsFrom = (words: PermissionsDocument): Permissions => ({
  fileSystem: words.file_system ?? 'read_write',
  network: words.network ?? 'allowed',
  hosts: words.hosts ?? [],
  shellCommands: words.shell_commands ?? 'allowed',
  gitOperations: words.git_operations ?? 'pr_only',
})
