import type { Json } from '../../base/json.ts'
import { didYouMean } from '../suggest.ts'
import type { Path } from '../yaml/locate.ts'
import { agentNamesOf } from './agent-names.ts'
import { listAt, objectAt } from './outline.ts'
import type { CheckContext } from './steps.ts'

/** Checks every name of an agent against the registry. */
export function checkAgents(agents: ReadonlyMap<string, string>, context: CheckContext): void {
  const names = [...agents.keys()]
  const check = (value: Json | undefined, path: Path): void => {
    // `auto` is the dispatch policy's choice; an expression has its value later.
    if (typeof value !== 'string' || value === 'auto' || value.includes('${{') || agents.has(value)) return
    const help = didYouMean(context.suggest, value, names)
    context.report('AGENT_UNKNOWN', context.document.valueSpan(path), `the registry has no agent "${value}"`, { help })
  }
  const checkIn = (holder: Json | undefined, path: Path): void => {
    const { agent, fallback } = objectAt(holder)
    check(agent, [...path, 'agent'])
    for (const [at, name] of listAt(objectAt(agent)['prefer']).entries()) check(name, [...path, 'agent', 'prefer', at])
    for (const [at, name] of listAt(fallback).entries()) check(name, [...path, 'fallback', at])
  }
  checkIn(context.outline.root['defaults'], ['defaults'])
  for (const step of context.outline.steps) {
    checkIn(step.raw, step.path)
    const { agent } = step.raw
    if (typeof agent !== 'string' || !agent.includes('${{')) continue
    for (const { name, path } of agentNamesOf(step) ?? []) check(name, path)
  }
}
