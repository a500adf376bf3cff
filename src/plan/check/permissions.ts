import type { JsonObject } from '../../base/json.ts'
import type { PlanOptions } from '../options.ts'
import { narrowed, permissionWordsOf, widerWords } from '../permissions.ts'
import type { Path } from '../yaml/locate.ts'
import { agentNamesOf } from './agent-names.ts'
import { objectAt, stepName, type StepOutline } from './outline.ts'
import type { CheckContext } from './steps.ts'

/** A step may only narrow what the registry gives its agent: more would never be granted. */
export function checkPermissions(
  step: StepOutline,
  { outline, document, report }: CheckContext,
  agentPermissions: NonNullable<PlanOptions['agentPermissions']>,
): void {
  if (!step.bodies.some((body) => body === 'prompt' || body === 'prompt_file')) return
  const defaults = objectAt(outline.root['defaults'])
  const names =
    agentNamesOf(step)?.map(({ name }) => name) ?? (step.raw['agent'] === undefined ? [defaults['agent']] : [])
  const common = objectAt(defaults['permissions'])
  const own = objectAt(step.raw['permissions'])
  const placeOf = (word: string): Path => [...(word in own ? step.path : ['defaults']), 'permissions', word]
  for (const name of new Set(names)) {
    const words = typeof name === 'string' ? agentPermissions(name) : null
    if (typeof name !== 'string' || words === null) continue
    const asked: JsonObject = { ...common, ...own }
    for (const word of widerWords(words, permissionWordsOf(asked))) {
      const gets = JSON.stringify(narrowed(words, {})[word] ?? [])
      const message = `${stepName(step)} asks for more "${word}" than the registry gives ${name}, which is ${gets}`
      report('PERMISSIONS_WIDER', document.valueSpan(placeOf(word)), message, {
        help: 'a step may only narrow what its agent may do: widen it in orchestrator_config.yaml, under "permissions"',
      })
    }
  }
}
