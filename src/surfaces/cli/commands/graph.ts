import { wavesOf } from '../../../plan/step-graph.ts'
import type { Plan } from '../../../plan/plan.ts'
import type { CliDeps, Output } from '../deps.ts'
import { reportDiagnostics } from '../diagnostics.ts'
import { exitCodes } from '../exit-code.ts'
import { railLines } from '../view/graph-rails.ts'
import { dotText, drawnSteps, mermaidText } from '../view/graph-text.ts'
import { bodyWords, instanceWords } from '../view/graph-words.ts'
import { type Palette, paletteFor } from '../view/palette.ts'
import { cutToColumns } from '../view/width.ts'

export const graphFormats = ['ascii', 'mermaid', 'dot'] as const
export type GraphFormat = (typeof graphFormats)[number]

/** `orchd graph FILE`: the plan as a picture. */
export async function graph(
  deps: CliDeps,
  file: string,
  { format }: { readonly format: GraphFormat },
): Promise<number> {
  const checked = await deps.validateFile(file, { forRun: false, simulate: 'none', inputs: {} })
  const { plan } = checked
  await reportDiagnostics(deps, deps.stderr, [checked])
  if (plan === null) return exitCodes.usage
  if (format === 'mermaid') deps.stdout.write(mermaidText(drawnSteps(plan)))
  else if (format === 'dot') deps.stdout.write(dotText(plan.name, drawnSteps(plan)))
  else deps.stdout.write(`${asciiLines(plan, deps.stdout, paletteFor(deps.stdout, deps.env)).join('\n')}\n`)
  return exitCodes.ok
}

function asciiLines(plan: Plan, out: Output, paint: Palette): readonly string[] {
  const steps = linesOf(plan.steps, paint)
  const last = plan.finally.length === 0 ? [] : ['', paint.faint('finally'), ...linesOf(plan.finally, paint)]
  const lines = [paint.strong(plan.name), ...steps, ...last]
  return out.isTTY === true && out.columns !== undefined
    ? lines.map((line) => cutToColumns(line, out.columns ?? 80))
    : lines
}

function linesOf(steps: Plan['steps'], paint: Palette): readonly string[] {
  const ordered = inOrder(steps).map((spec) => {
    const often = instanceWords(spec)
    const words = [...(often === null ? [] : [often]), bodyWords(spec)].join('  ')
    return { id: spec.id, dependsOn: spec.dependsOn, label: `${paint.strong(spec.id)}  ${paint.faint(words)}` }
  })
  const rails = railLines(ordered)
  if (rails !== null) return rails
  return wavesOf(steps).map((wave, at) => `${at + 1}. ${wave.map(({ id }) => id).join(', ')}`)
}

/** Each step right behind what it waited for last, so that rails stay short. */
function inOrder(steps: Plan['steps']): Plan['steps'] {
  const dependents = Map.groupBy(
    steps.flatMap((spec) => spec.dependsOn.map((need) => ({ need, spec }))),
    ({ need }) => need,
  )
  const unmet = new Map(steps.map(({ id, dependsOn }) => [id, dependsOn.length]))
  const stack = steps.filter(({ dependsOn }) => dependsOn.length === 0).toReversed()
  const ordered: Plan['steps'][number][] = []
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    ordered.push(step)
    for (const { spec } of (dependents.get(step.id) ?? []).toReversed()) {
      const left = (unmet.get(spec.id) ?? 0) - 1
      unmet.set(spec.id, left)
      if (left === 0) stack.push(spec)
    }
  }
  return ordered
}
