import type { Step, Template } from '../../../plan/plan.ts'
import { safeLine } from './safe-text.ts'

/** What a step does, in a few words and on one line. */
export function bodyWords({ body, agent }: Step): string {
  switch (body.kind) {
    case 'run':
      return `$ ${firstLine(body.command)}`
    case 'prompt':
      return `${agentWords(agent)}: ${firstLine(body.prompt)}`
    case 'approval':
      return `asks: ${firstLine(body.prompt)}`
    case 'integrate':
      return 'integrates the changes before it'
    case 'publish':
      return 'moves the result branch'
    case 'pull_request':
      return 'pushes the result and opens a pull request'
    case 'plan':
      return `plan ${safeLine(body.path, 80)}`
  }
}

/** How often a step runs: once, or for each of what. `null`: once. */
export function instanceWords({ matrix, forEach, maxParallel }: Step): string | null {
  const limit = maxParallel === null ? '' : `, ${maxParallel} at once`
  if (matrix !== null) return `${matrix.length} times (matrix${limit})`
  if (forEach === null) return null
  return typeof forEach === 'string'
    ? `for each of ${safeLine(forEach, 80)}${limit}`
    : `${forEach.length} times (for_each${limit})`
}

export const agentWords = (agent: Step['agent']): string =>
  typeof agent === 'string' ? safeLine(agent, 40) : `an agent (${[...agent.prefer, ...agent.requires].join(', ')})`

function firstLine(template: Template): string {
  const text = typeof template === 'string' ? template : JSON.stringify(template)
  const [first = '', ...more] = text.trim().split('\n')
  return safeLine(`${first}${more.length > 0 ? ' …' : ''}`, 72)
}
