import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Path } from '../yaml/locate.ts'
import { type Body, type StepOutline, objectAt, stepName } from './outline.ts'
import type { CheckContext } from './steps.ts'

const work: readonly Body[] = ['run', 'prompt', 'prompt_file', 'integrate']
const agentWork: readonly Body[] = ['prompt', 'prompt_file', 'integrate']
const attempts: readonly Body[] = ['run', 'prompt', 'prompt_file', 'integrate', 'plan']

/** Keys that mean something for some bodies only. */
const bodiesOf: Readonly<Record<string, readonly Body[]>> = {
  agent: agentWork,
  model: agentWork,
  type: agentWork,
  fallback: agentWork,
  permissions: work,
  verify: ['prompt', 'prompt_file'],
  with: ['prompt', 'prompt_file', 'integrate', 'plan'],
  env: work,
  secrets: work,
  working_directory: work,
  timeout: attempts,
  stall_timeout: work,
  retry: attempts,
  output_schema: work,
  artifacts: work,
  isolation: work,
  writes: work,
  sandbox: work,
  budget: ['prompt', 'prompt_file', 'integrate', 'plan'],
  review: work,
  on_crash: work,
  orphan_timeout: work,
}

/** Warns of what is right in form but does nothing, so that nobody trusts in it. */
export function checkEffects(context: CheckContext): void {
  checkEnv(context.outline.root, [], context)
  for (const step of context.outline.steps) {
    checkEnv(step.raw, step.path, context)
    const [body] = step.bodies
    if (body !== undefined && step.bodies.length === 1) checkKeys(step, body, context)
  }
}

function checkKeys(step: StepOutline, body: Body, { document, report }: CheckContext): void {
  const warn = (key: string, why: string, help: string): void =>
    report('KEY_WITHOUT_EFFECT', document.keySpan([...step.path, key]), `"${key}" has no effect: ${why}`, {
      severity: 'warning',
      help,
    })
  for (const key of Object.keys(step.raw)) {
    const allowed = bodiesOf[key]
    if (allowed !== undefined && !allowed.includes(body))
      warn(key, `${stepName(step)} is ${bodyName(body)}`, helpFor(key, body))
    if ((key === 'max_parallel' || key === 'fail_fast') && !('matrix' in step.raw || 'for_each' in step.raw))
      warn(key, `${stepName(step)} has no matrix or for_each`, 'remove it')
  }
  const { verify } = objectAt(step.raw['integrate'])
  if ('max_rounds' in objectAt(verify))
    report(
      'KEY_WITHOUT_EFFECT',
      document.keySpan([...step.path, 'integrate', 'verify', 'max_rounds']),
      '"max_rounds" has no effect: the check of a merge has no agent that could mend it, and names the step that broke it',
      { severity: 'warning', help: 'remove it; it is for the "verify" of a step with prompt, prompt_file' },
    )
  const { network, hosts, shell_commands: shell } = objectAt(step.raw['permissions'])
  if (body === 'run' && 'permissions' in step.raw && step.raw['sandbox'] === 'off')
    warn('permissions', 'with "sandbox: off" nothing holds the step to them', 'remove one of the two')
  if (body === 'run' && (shell === 'none' || shell === 'approved_only'))
    warn(
      'permissions',
      `"shell_commands: ${shell}" is for agents, and this is a shell step`,
      'leave "shell_commands" out',
    )
  // The registry may restrict the network of an agent.
  if (hosts !== undefined && network !== 'restricted' && (body === 'run' || network !== undefined))
    warn('permissions', '"hosts" belongs to "network: restricted"', 'restrict the network, or remove "hosts"')
}

function helpFor(key: string, body: Body): string {
  if (key === 'timeout' && body === 'approval') return 'put it into "approval"'
  return `remove it; it is for steps with ${(bodiesOf[key] ?? []).join(', ')}`
}

const bodyName = (body: Body): string =>
  body === 'run' ? 'a shell step' : body === 'approval' ? 'an approval' : `a step with "${body}"`

function checkEnv({ env }: JsonObject, path: Path, { document, report }: CheckContext): void {
  if (!isJsonObject(env)) return
  for (const name of Object.keys(env)) {
    if (!name.startsWith('ORCHD_') && name !== 'TRACEPARENT') continue
    const message = `"${name}" has no effect: orchd sets it for each attempt`
    report('KEY_WITHOUT_EFFECT', document.keySpan([...path, 'env', name]), message, {
      severity: 'warning',
      help: 'choose another name',
    })
  }
}
