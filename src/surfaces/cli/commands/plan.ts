import { formatDuration } from '../../../base/duration.ts'
import type { JsonObject } from '../../../base/json.ts'
import { criticalPath } from '../../../plan/step-graph.ts'
import { resolveInputs } from '../../../plan/inputs.ts'
import type { Plan } from '../../../plan/plan.ts'
import { previewJson, previewOf, type PreviewStep, type PreviewValue } from '../../../plan/preview.ts'
import type { CliDeps, ValidatedFile } from '../deps.ts'
import { reportDiagnostics } from '../diagnostics.ts'
import { exitCodes } from '../exit-code.ts'
import { agentWords, bodyWords, instanceWords } from '../view/graph-words.ts'
import { type Palette, paletteFor } from '../view/palette.ts'
import { safeLine } from '../view/safe-text.ts'
import { isShared } from '../../../run/shared.ts'

export type PlanOptions = { readonly input: { readonly [name: string]: string }; readonly json: boolean }

/**
 * `orchd plan FILE`: what would run, in which order, with which values, and why; nothing is started. Exit 2 when a
 * run would be refused, with what is wrong.
 */
export async function plan(deps: CliDeps, file: string, { input, json }: PlanOptions): Promise<number> {
  const read = await deps.validateFile(file, { forRun: false, simulate: 'none', inputs: {} })
  if (read.plan === null) {
    await reportDiagnostics(deps, deps.stderr, [read])
    return exitCodes.usage
  }
  const asked = await deps.validateFile(file, { forRun: true, simulate: 'none', inputs: input })
  const wouldRun = asked.plan !== null
  const resolved = resolveInputs(read.plan, input)
  const known = resolved.ok ? resolved.value : defaultsOf(read.plan)
  const steps = previewOf(read.plan, { known, later: [] }, asked.roster)
  if (json) deps.stdout.write(`${JSON.stringify(jsonOf(read.plan, steps, asked), null, 2)}\n`)
  else deps.stdout.write(`${linesOf(read.plan, steps, paletteFor(deps.stdout, deps.env)).join('\n')}\n`)
  if (!wouldRun) deps.stderr.write('\na run would be refused:\n\n')
  await reportDiagnostics(deps, deps.stderr, [asked])
  return wouldRun ? exitCodes.ok : exitCodes.usage
}

const defaultsOf = ({ inputs }: Plan): JsonObject =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([name, spec]) => (spec.default === undefined ? [] : [[name, spec.default]])),
  )

function linesOf(of: Plan, steps: readonly PreviewStep[], paint: Palette): readonly string[] {
  const path = criticalPath(of)
  const main = steps.filter((step) => !step.finally)
  const waves = Math.max(0, ...main.map(({ wave }) => wave))
  const { maxParallel, maxDurationMs } = of.constraints
  const limits = [
    ...(maxParallel === null ? [] : [`at most ${maxParallel} at once`]),
    ...(maxDurationMs === null ? [] : [`at most ${formatDuration(maxDurationMs)}`]),
  ]
  return [
    `${paint.strong(safeLine(of.name, 80))}: ${amount(main.length, 'step')} in ${amount(waves, 'wave')}${limits.map((limit) => `, ${limit}`).join('')}`,
    `critical path: ${path.join(' -> ')}`,
    ...groupLines(steps, '', paint),
  ]
}

function groupLines(steps: readonly PreviewStep[], indent: string, paint: Palette): readonly string[] {
  return [false, true].flatMap((last) => {
    const waves = Map.groupBy(steps.filter((step) => step.finally === last), ({ wave }) => wave) // prettier-ignore
    return Array.from(waves, ([wave, group]) => [
      '',
      `${indent}${paint.faint(last ? `finally ${wave}` : `wave ${wave}`)}`,
      ...group.flatMap((step) => stepLines(step, `${indent}  `, paint)),
    ]).flat()
  })
}

function stepLines(step: PreviewStep, indent: string, paint: Palette): readonly string[] {
  const { spec } = step
  const often = instanceWords(spec)
  const inner = `${indent}  `
  return [
    `${indent}${paint.strong(step.id)}  ${bodyWords(spec)}${often === null ? '' : paint.asks(`  ${often}`)}`,
    ...[...whyLines(step), ...valueLines(step, paint)].map((line) => `${inner}${line}`),
    ...groupLines(step.inside, inner, paint),
  ]
}

/** When it starts, and what it is given: in words, and why. */
function whyLines({ spec, agents, finally: last }: PreviewStep): readonly string[] {
  const { dependsOn, triggerRule, when, retry, timeoutMs, body } = spec
  const start =
    dependsOn.length === 0
      ? last
        ? 'starts when all steps are over'
        : 'starts at once'
      : `starts after ${dependsOn.join(', ')}${triggerRule === 'all_success' ? '' : ` (${triggerRule})`}`
  return [
    when === null ? start : `${start}, if ${safeLine(when, 120)}`,
    ...(isShared(spec) ? ['in the workspace that steps of the run share, one at a time'] : []),
    ...(body.kind === 'prompt' ? agentLines(spec, agents) : []),
    ...(spec.matrix === null || spec.matrix.length === 0 ? [] : [`instances: ${instancesIn(spec.matrix)}`]),
    ...(retry.maxAttempts > 1
      ? [`tried ${retry.maxAttempts} times, ${retry.backoff} back-off from ${formatDuration(retry.delayMs)}`]
      : []),
    ...(timeoutMs === null ? [] : [`at most ${formatDuration(timeoutMs)} an attempt`]),
    ...(spec.secrets.length === 0 ? [] : [`with the secrets ${spec.secrets.join(', ')}`]),
  ]
}

/** Who would do it, who after that, and who could not. */
function agentLines({ agent, fallback }: PreviewStep['spec'], agents: PreviewStep['agents']): readonly string[] {
  const [first, ...others] = agents?.order ?? []
  const next = fallback.length > 0 ? fallback : others.map(({ name }) => name)
  const spare = next.length === 0 ? '' : `; then ${next.join(', ')}`
  if (agents === null) return [`on ${agentWords(agent)}${spare}`]
  const chosen = first === undefined ? 'on nobody: no agent can do it' : `on ${first.name}: ${first.why}${spare}`
  return [chosen, ...agents.excluded.map(({ name, why }) => safeLine(`not on ${name}: ${why}`, 160))]
}

const mostInstances = 8

function instancesIn(matrix: readonly JsonObject[]): string {
  const shownOnes = matrix.slice(0, mostInstances).map((values) => Object.values(values).map(oneLine).join(', '))
  const more = matrix.length > mostInstances ? `; and ${matrix.length - mostInstances} more` : ''
  return `${shownOnes.join('; ')}${more}`
}

function valueLines({ env, prompt, with: options }: PreviewStep, paint: Palette): readonly string[] {
  const line = (name: string, value: PreviewValue): string => `${name} = ${shown(value, paint)}`
  return [
    ...Object.entries(env).map(([name, value]) => line(name, value)),
    ...(prompt === null || prompt.kind === 'known' ? [] : [line('prompt', prompt)]),
    ...Object.entries(options).map(([name, value]) => line(`with.${name}`, value)),
  ]
}

function shown(value: PreviewValue, paint: Palette): string {
  if (value.kind === 'known') return oneLine(value.value)
  const why = { later: 'known when it runs', secret: 'secret', missing: 'an input is missing' }[value.kind]
  return `${oneLine(value.written)}  ${paint.faint(`(${why})`)}`
}

const oneLine = (value: unknown): string => safeLine(typeof value === 'string' ? value : JSON.stringify(value), 120)

const amount = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

function jsonOf(of: Plan, steps: readonly PreviewStep[], asked: ValidatedFile): JsonObject {
  return {
    plan: of.name,
    would_run: asked.plan !== null,
    critical_path: criticalPath(of),
    steps: steps.map(stepJson),
    diagnostics: asked.diagnostics.map((diagnostic) => ({ ...diagnostic })),
  }
}

const agentJson = ({ spec, agents }: PreviewStep): JsonObject =>
  agents === null
    ? { wish: spec.agent, fallback: spec.fallback }
    : {
        wish: spec.agent,
        primary: agents.order[0] === undefined ? null : { ...agents.order[0] },
        support: agents.support.map((one) => ({ ...one })),
        fallback: agents.order.slice(1).map((one) => ({ ...one })),
        excluded: agents.excluded.map((one) => ({ ...one })),
      }

const values = (of: { readonly [name: string]: PreviewValue }): JsonObject =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, previewJson(value)]))

function stepJson(step: PreviewStep): JsonObject {
  const { spec } = step
  return {
    id: step.id,
    kind: spec.body.kind,
    finally: step.finally,
    wave: step.wave,
    depends_on: spec.dependsOn,
    trigger_rule: spec.triggerRule,
    when: spec.when,
    isolation: spec.isolation,
    instances: spec.matrix?.length ?? (Array.isArray(spec.forEach) ? spec.forEach.length : null),
    for_each: typeof spec.forEach === 'string' ? spec.forEach : null,
    env: values(step.env),
    prompt: step.prompt === null ? null : previewJson(step.prompt),
    with: values(step.with),
    agent: spec.body.kind === 'prompt' ? agentJson(step) : null,
    inside: step.inside.map(stepJson),
  }
}
