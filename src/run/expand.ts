import { stepId, type StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Plan } from '../plan/plan.ts'
import type { Draft } from './draft.ts'
import { admit, finish } from './flow.ts'
import { graphOfInstances, graphOfPlan } from './graph.ts'
import { noQueues } from './lane.ts'
import { emptyLedger } from './ledger.ts'
import type { Level, LevelClock } from './level.ts'
import { maxRunSteps, orderOf } from './order.ts'
import { noAttempts } from './past-attempts.ts'
import type { Instance } from './state.ts'

const stoppedClock: LevelClock = { activeMs: 0, since: null, begun: false }

/** What every level begins with. */
const fresh = {
  phase: 'steps',
  cut: null,
  verdict: null,
  end: null,
  firstFailure: null,
  running: 0,
  moving: 0,
  people: 0,
  ledger: emptyLedger,
  queues: noQueues,
  clock: stoppedClock,
  deadlineAt: null,
  live: true,
} as const satisfies Partial<Level>

/** Level 0 of a run: the steps of its plan. */
export function openRun(draft: Draft, plan: Plan, inputs: JsonObject): void {
  const { maxParallel, maxDurationMs } = plan.constraints
  const graph = graphOfPlan(plan)
  draft.counts.total = graph.steps.length
  const level: Level = {
    ...fresh,
    kind: 'plan',
    owner: null,
    parent: null,
    plan,
    inputs,
    graph,
    base: 0,
    capacity: graph.steps.length,
    lane: 0,
    maxParallel,
    failFast: false,
    priority: plan.priority,
    tail: 0,
    maxDurationMs,
    timeoutMs: null,
    openedAt: draft.at,
    open: graph.mainCount,
  }
  draft.setLevel(0, level)
  fill(draft, 0, [])
}

/** Opens what waits to be opened and needs nothing evaluated. */
export function openStatic(draft: Draft): void {
  // Those that come to it meanwhile are taken up too.
  for (const index of draft.toOpen) {
    if (draft.state(index).status !== 'to_open') continue
    const { matrix, forEach } = draft.spec(index)
    if (matrix !== null)
      openInstances(draft, index, matrix.map((values) => ({ matrix: values }))) // prettier-ignore
    else if (Array.isArray(forEach)) openItems(draft, index, forEach)
  }
  draft.toOpen.length = 0
}

export function openItems(draft: Draft, index: number, items: readonly Json[]): void {
  openInstances(draft, index, items.map((item, at) => ({ item, index: at }))) // prettier-ignore
}

/** Opens a matrix or a `for_each`: one instance for each set of names; without any it is a success that has no outputs. */
function openInstances(draft: Draft, index: number, names: readonly Instance['names'][]): void {
  const { spec, inner } = draft.step(index)
  if (names.length === 0) {
    if (inner !== null) draft.patchLevel(inner, { live: false })
    return finish(draft, index, { outcome: 'success', cause: null, outputs: [] })
  }
  const { plan, inputs } = draft.levelOf(index)
  const instances = names.map((own, at) => ({ number: at + 1, label: labelOf(own), names: own }))
  const limits = { maxParallel: spec.maxParallel, failFast: spec.failFast, maxDurationMs: null, timeoutMs: null }
  open(
    draft,
    index,
    { kind: 'instances', plan, inputs, graph: graphOfInstances(spec, names.length), ...limits },
    instances,
  )
}

/** Opens a sub-plan with its inputs. */
export function openSubPlan(draft: Draft, index: number, inputs: JsonObject): void {
  const { spec } = draft.step(index)
  const plan = spec.body.kind === 'plan' ? draft.run.plan.subPlans[spec.body.path] : undefined
  if (plan === undefined) return // the plan was refused before if it does not hold its sub-plans
  const { maxParallel, maxDurationMs } = plan.constraints
  const limits = { maxParallel, failFast: false, maxDurationMs, timeoutMs: spec.timeoutMs }
  open(draft, index, { kind: 'plan', plan, inputs, graph: graphOfPlan(plan), ...limits }, [])
}

type Opening = Pick<
  Level,
  'kind' | 'plan' | 'inputs' | 'graph' | 'maxParallel' | 'failFast' | 'maxDurationMs' | 'timeoutMs'
>

function open(draft: Draft, index: number, opening: Opening, instances: readonly Instance[]): void {
  const step = draft.step(index)
  const { level: parent, spec, inner } = step
  const around = draft.level(parent)
  const before = inner === null ? null : draft.level(inner)
  const size = opening.graph.steps.length
  const fits = before !== null && before.capacity >= size
  if (!fits && draft.stepCount + size > maxRunSteps) {
    const message = `with its ${size} steps the run would have more than ${maxRunSteps}`
    return finish(draft, index, { outcome: 'failure', cause: 'expression_failed', message })
  }
  const number = inner ?? draft.levelCount
  const own = opening.kind === 'plan' && opening.plan.priority !== 0 ? opening.plan.priority : around.priority
  const level: Level = {
    ...fresh,
    ...opening,
    // What was used before it was opened again stays used.
    ledger: before?.ledger ?? emptyLedger,
    owner: index,
    parent,
    base: fits ? before.base : draft.stepCount,
    capacity: fits ? before.capacity : size,
    lane: opening.maxParallel === null ? around.lane : number,
    priority: spec.priority ?? own,
    tail: around.tail + around.graph.steps[index - around.base]!.pathLength - 1,
    openedAt: draft.at,
    open: opening.graph.mainCount,
  }
  const { past } = draft.state(index)
  draft.setLevel(number, level)
  draft.setStep(index, { ...step, inner: number })
  draft.move(index, { status: 'open', since: draft.at, past: { ...past, openings: past.openings + 1 } })
  draft.counts.total += size - 1
  fill(draft, number, instances, before)
}

/** Gives a level its steps, and lets those begin that wait for none. Steps of an earlier opening are taken up again. */
function fill(draft: Draft, number: number, instances: readonly Instance[], before: Level | null = null): void {
  const level = draft.level(number)
  const { graph, base, owner } = level
  const prefix = owner === null ? null : draft.step(owner)
  const place = owner === null ? null : placeInPlan(draft, owner)
  for (const [local, { spec, dependsOn, pathLength }] of graph.steps.entries()) {
    const index = base + local
    const instance = instances[local] ?? null
    const earlier = before !== null && local < before.capacity ? before.base + local : null
    const inner = earlier === null ? null : draft.step(earlier).inner
    const past = earlier === null ? noAttempts : draft.state(earlier).past
    const step = {
      id: prefix === null ? spec.id : idOf(prefix.id, instance, spec.id),
      spec,
      level: number,
      order: orderOf(spec.priority ?? level.priority, pathLength + level.tail, place ?? index, index),
      instance,
      inner,
    }
    if (inner !== null) draft.patchLevel(inner, { owner: index })
    const state = { status: 'waiting', unmet: dependsOn.length, past } as const
    if (earlier === index) {
      draft.setStep(index, step)
      draft.move(index, state)
    } else draft.addStep(step, state)
  }
  for (const [local, { dependsOn }] of graph.steps.entries()) {
    if (local < graph.mainCount && dependsOn.length === 0) admit(draft, base + local)
  }
}

/** The step of level 0 in which a step stands. */
function placeInPlan(draft: Draft, index: number): number {
  const { owner } = draft.levelOf(index)
  return owner === null ? index : placeInPlan(draft, owner)
}

const idOf = (owner: StepId, instance: Instance | null, id: StepId): StepId =>
  stepId(instance === null ? `${owner}/${id}` : `${owner}.${instance.number}`)

/** What tells instances apart, as people see it: the values of a matrix, the item of a list. */
function labelOf(names: Instance['names']): string {
  const parts = 'matrix' in names ? Object.values(names.matrix) : [names.item]
  const text = parts.map((value: Json) => (typeof value === 'string' ? value : JSON.stringify(value))).join(', ')
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
