import type { JsonObject } from '../base/json.ts'
import { objectAt } from './check/outline.ts'
import { checkRunnable } from './check/runnable.ts'
import type { CheckContext } from './check/steps.ts'
import type { PlanOptions } from './options.ts'
import type { Path } from './yaml/locate.ts'

/** The part of orchd that will run a key which this build does not run yet. */
type Area = 'git workspaces'

/** Keys of a step that only a simulation accepts, and what they belong to. Everything else runs. */
const stepAreas: Readonly<Record<string, Area>> = {}

const rootAreas: readonly (readonly [Path, Area])[] = []

/**
 * Reports every key of the plan that this build does not run, so that nothing is ever silently ignored. Under
 * `--simulate` everything is accepted: each step is one simulated step.
 */
export function notYet(context: CheckContext, options: PlanOptions): void {
  if (options.simulate === 'all') return
  const { outline } = context
  const refuse = refuser(context)
  for (const [path, area] of rootAreas) {
    const holder = path.length === 1 ? outline.root : objectAt(outline.root[String(path[0])])
    const key = String(path.at(-1))
    // `require_tests: false` asks for nothing.
    if (key in holder && holder[key] !== false) refuse(path, area)
  }
  const defaults = objectAt(outline.root['defaults'])
  refuseValues(defaults, ['defaults'], refuse)
  for (const step of outline.steps) {
    for (const key of Object.keys(step.raw)) {
      const area = stepAreas[key]
      if (area !== undefined) refuse([...step.path, key], area)
    }
    refuseValues(step.raw, step.path, refuse)
    if (options.simulate === 'none') checkRunnable(step, context, options)
  }
}

const simulateHelp = 'orchd run --simulate shows how the plan would go'

type Refuse = (path: Path, area: Area) => void

const refuser =
  ({ document, report }: CheckContext): Refuse =>
  (path, area) => {
    const message = `"${path.at(-1)}" is part of the plan language, but this build of orchd does not run it yet (${area})`
    report('NOT_YET', document.keySpan(path), message, { help: simulateHelp })
  }

/** Values that ask for what is not there yet, under keys that are. */
function refuseValues(holder: JsonObject, path: Path, refuse: Refuse): void {
  const { isolation } = holder
  if (isolation === 'shared') refuse([...path, 'isolation'], 'git workspaces')
}

/** Whether this build runs a key of the language: yes, no, or only with some of its values. */
export type Support =
  | { readonly runs: 'yes' }
  | { readonly runs: 'no'; readonly area: string }
  | { readonly runs: 'partly'; readonly only: string }

/** @param path names from the root of the schema, `steps` for a step: `['steps', 'retry', 'delay']` */
export function supportOf(path: readonly string[]): Support {
  const [first, second] = path
  const partly = partlyRun[String(path.at(-1))]
  if (partly !== undefined && path.length <= (first === 'inputs' ? 3 : 2)) return { runs: 'partly', only: partly }
  const area =
    first === 'steps'
      ? stepAreas[String(second)]
      : rootAreas.find(([root]) => root.every((name, at) => path[at] === name))?.[1]
  return area === undefined || (path.length === 1 && first === 'steps') ? { runs: 'yes' } : { runs: 'no', area }
}

const partlyRun: Readonly<Record<string, string>> = {
  isolation: 'not `shared`',
}

/** The keys of a step that the kernel does not read, as they were written. */
export function laterKeys(step: object): JsonObject {
  // Most steps have none, and there may be 10,000 of them.
  return Object.keys(step).some(isLater) ? Object.fromEntries(Object.entries(step).filter(([key]) => isLater(key))) : {}
}

const isLater = (key: string): boolean => key in stepAreas && !(key in kept)

/** They have a place of their own in `Step`. */
const kept: Readonly<Record<string, true>> = { writes: true }
