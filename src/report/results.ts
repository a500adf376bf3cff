import type { Outcome } from '../base/cause.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import type { RunResponse, StepResponse } from '../ports/response.ts'

/** The agents that worked, what orchd does itself left out: most attempts first; shell comes last, because it is nobody's agent of choice. */
export function agentsOf(steps: readonly StepResponse[]): string[] {
  const attempts = new Map<string, number>()
  for (const { agent, attempts: count, implicit } of steps) {
    if (agent !== null && !implicit && agent !== 'orchd') attempts.set(agent, (attempts.get(agent) ?? 0) + count)
  }
  return [...attempts].toSorted((a, b) => weightOf(b) - weightOf(a)).map(([name]) => name)
}

const weightOf = ([name, attempts]: [string, number]): number => (name === 'shell' ? -1 : attempts)

/** What each agent's steps came to together: the worst outcome, and all outputs. */
export function resultsOf(steps: readonly StepResponse[], agents: readonly string[]): RunResponse['results'] {
  return Object.fromEntries(
    agents.map((agent) => {
      const own = steps.filter((step) => step.agent === agent && !step.implicit)
      const isOpen = own.some((step) => step.status !== 'finished')
      return [agent, { status: isOpen ? 'running' : worstOf(own), outputs: unite(own) }]
    }),
  )
}

const bestToWorst: readonly Outcome[] = ['success', 'skip', 'cancellation', 'timeout', 'failure', 'error']

function worstOf(steps: readonly StepResponse[]): Outcome {
  const ranks = steps.map(({ outcome }) => bestToWorst.indexOf(outcome ?? 'success'))
  return bestToWorst[Math.max(0, ...ranks)] ?? 'success'
}

type Output = { readonly step: string; readonly name: string; readonly value: Json }

/**
 * The outputs of several steps as one object. A name that only one step gives stands as it is, as the response
 * contract shows it; a name that several give becomes `step.name`, and outputs that are no object stand under the
 * step's id. Should even that clash, each step's outputs stand whole under its id.
 */
function unite(steps: readonly StepResponse[]): JsonObject {
  const outputs = steps.flatMap(({ id, outputs: given }): Output[] =>
    isJsonObject(given)
      ? Object.entries(given).map(([name, value]) => ({ step: id, name, value }))
      : [{ step: id, name: id, value: given }],
  )
  const uses = new Map<string, number>()
  for (const { name } of outputs) uses.set(name, (uses.get(name) ?? 0) + 1)
  const entries = outputs.map(({ step, name, value }): [string, Json] => [
    uses.get(name) === 1 ? name : `${step}.${name}`,
    value,
  ])
  const united = new Map(entries)
  if (united.size === entries.length) return Object.fromEntries(united)
  return Object.fromEntries(steps.map(({ id, outputs: given }) => [id, given]))
}
