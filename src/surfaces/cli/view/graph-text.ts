import type { Plan, Step } from '../../../plan/plan.ts'
import { bodyWords, instanceWords } from './graph-words.ts'

/** A step of a picture, with the steps inside of it. */
export type Drawn = {
  /** As the run will call it: `release/build`. */
  readonly id: string
  readonly spec: Step
  readonly finally: boolean
  readonly dependsOn: readonly string[]
  readonly inside: readonly Drawn[]
}

/** Every step of a plan, those of sub-plans inside of the steps that name them. */
export function drawnSteps(plan: Plan, subPlans: Plan['subPlans'] = plan.subPlans, prefix = ''): readonly Drawn[] {
  const draw = (spec: Step, last: boolean): Drawn => {
    const inner = spec.body.kind === 'plan' ? subPlans[spec.body.path] : undefined
    const id = `${prefix}${spec.id}`
    return {
      id,
      spec,
      finally: last,
      dependsOn: spec.dependsOn.map((need) => `${prefix}${need}`),
      inside: inner === undefined ? [] : drawnSteps(inner, subPlans, `${id}/`),
    }
  }
  return [...plan.steps.map((spec) => draw(spec, false)), ...plan.finally.map((spec) => draw(spec, true))]
}

/** The picture as a Mermaid flowchart. @see https://mermaid.js.org/syntax/flowchart.html */
export function mermaidText(steps: readonly Drawn[]): string {
  const lines: string[] = ['flowchart TD']
  const names = namesOf(steps)
  const draw = (group: readonly Drawn[], indent: string): void => {
    for (const step of group) {
      const name = names.get(step.id)
      if (step.inside.length > 0) {
        lines.push(`${indent}subgraph ${name}["${escaped(labelOf(step), mermaidEscapes)}"]`)
        draw(step.inside, `${indent}  `)
        lines.push(`${indent}end`)
      } else {
        const [open, close] =
          step.spec.body.kind === 'approval' ? ['{{', '}}'] : step.spec.body.kind === 'prompt' ? ['(', ')'] : ['[', ']']
        lines.push(`${indent}${name}${open}"${escaped(labelOf(step), mermaidEscapes)}"${close}`)
      }
      for (const need of step.dependsOn) lines.push(`${indent}${names.get(need)} --> ${name}`)
    }
  }
  const last = steps.filter((step) => step.finally)
  draw(
    steps.filter((step) => !step.finally),
    '  ',
  )
  if (last.length > 0) {
    lines.push('  subgraph finally')
    draw(last, '    ')
    lines.push('  end')
  }
  return `${lines.join('\n')}\n`
}

/** The picture in the language of Graphviz. @see https://graphviz.org/doc/info/lang.html */
export function dotText(name: string, steps: readonly Drawn[]): string {
  const lines: string[] = [`digraph ${quoted(name)} {`, '  compound=true; node [shape=box, style=rounded]']
  /** Edges end at steps; a cluster is entered by its first one. */
  const anchor = (step: Drawn): string => (step.inside[0] === undefined ? step.id : anchor(step.inside[0]))
  const byId = new Map(allOf(steps).map((step) => [step.id, step]))
  const draw = (group: readonly Drawn[], indent: string): void => {
    for (const step of group) {
      if (step.inside.length > 0) {
        lines.push(`${indent}subgraph ${quoted(`cluster_${step.id}`)} {`, `${indent}  label=${quoted(labelOf(step))}`)
        draw(step.inside, `${indent}  `)
        lines.push(`${indent}}`)
      } else {
        const shape = step.spec.body.kind === 'approval' ? ', shape=diamond' : ''
        lines.push(`${indent}${quoted(step.id)} [label=${quoted(labelOf(step))}${shape}]`)
      }
    }
  }
  const last = steps.filter((step) => step.finally)
  draw(
    steps.filter((step) => !step.finally),
    '  ',
  )
  if (last.length > 0) {
    lines.push('  subgraph cluster_finally {', '    label="finally"')
    draw(last, '    ')
    lines.push('  }')
  }
  for (const step of byId.values()) {
    for (const need of step.dependsOn) {
      const before = byId.get(need)
      if (before === undefined) continue
      const ends = [
        ...(before.inside.length > 0 ? [`ltail=${quoted(`cluster_${need}`)}`] : []),
        ...(step.inside.length > 0 ? [`lhead=${quoted(`cluster_${step.id}`)}`] : []),
      ]
      lines.push(
        `  ${quoted(anchor(before))} -> ${quoted(anchor(step))}${ends.length > 0 ? ` [${ends.join(', ')}]` : ''}`,
      )
    }
  }
  return `${lines.join('\n')}\n}\n`
}

/** A step, and how often and what it does, in two lines. */
function labelOf({ spec }: Drawn): string {
  const often = instanceWords(spec)
  return `${spec.id}${often === null ? '' : ` ${often}`}\n${bodyWords(spec)}`
}

const allOf = (steps: readonly Drawn[]): readonly Drawn[] => steps.flatMap((step) => [step, ...allOf(step.inside)])

/** Mermaid has words that no node may be called, so each gets a number. */
const namesOf = (steps: readonly Drawn[]): ReadonlyMap<string, string> =>
  new Map(allOf(steps).map(({ id }, at) => [id, `s${at}`]))

const mermaidEscapes: Readonly<Record<string, string>> = {
  '"': '#quot;',
  '\n': '<br/>',
  '<': '#lt;',
  '>': '#gt;',
  '#': '#35;',
  '&': '#amp;',
}
const escaped = (text: string, escapes: Readonly<Record<string, string>>): string =>
  Array.from(text, (char) => escapes[char] ?? char).join('')

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
