import type { Json } from '../../base/json.ts'
import type { Path } from '../yaml/locate.ts'
import { listAt, objectAt, type StepOutline } from './outline.ts'

/** A name of an agent, and where it stands. */
export type AgentName = { readonly name: string; readonly path: Path }

/**
 * The agents that a step's `agent` may come to; `null`: known only when the step begins. `${{ matrix.NAME }}` and
 * `${{ item }}` come to what stands in the plan.
 */
export function agentNamesOf({ raw, path }: StepOutline): readonly AgentName[] | null {
  const { agent } = raw
  if (typeof agent !== 'string') return null
  if (!agent.includes('${{')) return [{ name: agent, path: [...path, 'agent'] }]
  const source = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(agent)?.[1]?.trim() ?? ''
  if (source === 'item') return Array.isArray(raw['for_each']) ? namesIn(raw['for_each'], [...path, 'for_each']) : null
  const axis = /^matrix\.([\w-]+)$/.exec(source)?.[1]
  if (axis === undefined) return null
  const matrix = objectAt(raw['matrix'])
  const included = listAt(matrix['include']).flatMap((one, at): (readonly AgentName[] | null)[] => {
    const value = objectAt(one)[axis]
    return value === undefined ? [] : [nameAt(value, [...path, 'matrix', 'include', at, axis])]
  })
  return united([namesIn(listAt(matrix[axis]), [...path, 'matrix', axis]), ...included])
}

const namesIn = (values: readonly Json[], path: Path): readonly AgentName[] | null =>
  united(values.map((value, at) => nameAt(value, [...path, at])))

/** What is no text, or holds an expression of its own, is not known. */
const nameAt = (value: Json, path: Path): readonly AgentName[] | null =>
  typeof value === 'string' && !value.includes('${{') ? [{ name: value, path }] : null

function united(parts: readonly (readonly AgentName[] | null)[]): readonly AgentName[] | null {
  const known = parts.filter((part) => part !== null)
  return known.length === parts.length ? known.flat() : null
}
