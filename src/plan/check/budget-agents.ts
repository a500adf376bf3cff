import type { PlanOptions } from '../options.ts'
import { agentNamesOf } from './agent-names.ts'
import { objectAt, stepName, type StepOutline } from './outline.ts'
import type { CheckContext } from './steps.ts'

/** Warns of a budget in money over an agent of which nobody will know what it costs. */
export function checkBudgetAgent(
  step: StepOutline,
  { outline, document, report }: CheckContext,
  tellsCost: NonNullable<PlanOptions['tellsCost']>,
): void {
  if (!step.bodies.some((body) => body === 'prompt' || body === 'prompt_file')) return
  const own = 'max_usd' in objectAt(step.raw['budget'])
  const constraints = objectAt(outline.root['constraints'])
  if (!own && !('max_usd' in objectAt(constraints['budget']))) return
  const defaults = objectAt(outline.root['defaults'])
  const names =
    agentNamesOf(step)?.map(({ name }) => name) ?? (step.raw['agent'] === undefined ? [defaults['agent']] : [])
  const model = step.raw['model'] ?? defaults['model']
  for (const name of new Set(names)) {
    if (typeof name !== 'string' || tellsCost(name, typeof model === 'string' ? model : null)) continue
    const place = own ? [...step.path, 'budget', 'max_usd'] : ['constraints', 'budget', 'max_usd']
    const message = `"max_usd" cannot hold ${stepName(step)}: ${name} does not tell what it costs, and the registry has no price for it`
    report('BUDGET_BLIND', document.keySpan(place), message, {
      severity: 'warning',
      help: `give it a price in orchestrator_config.yaml (agents.${name}.price), or limit max_tokens`,
    })
  }
}
