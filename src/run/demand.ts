import type { RunStep } from './state.ts'

/**
 * What a step that wants a slot asks for, as one text. Steps of a run with the same demand get the same answer to the
 * question which agent could take them now, so that when one of them has to wait for an agent, all of them do.
 */
export function demandOf({ spec, level, instance }: RunStep): string {
  const { body, agent } = spec
  if (body.kind === 'run') return 'shell'
  if (typeof agent !== 'string') return JSON.stringify(agent)
  // What an expression comes to depends on where it stands and on the names that an instance gives to it.
  return agent.includes('${{') ? JSON.stringify([level, agent, instance?.names ?? null]) : agent
}
