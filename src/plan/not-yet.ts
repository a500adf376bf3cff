import type { JsonObject } from '../base/json.ts'
import { objectAt } from './check/outline.ts'
import { checkRunnable } from './check/runnable.ts'
import type { CheckContext } from './check/steps.ts'
import type { PlanOptions } from './options.ts'
import type { Path } from './yaml/locate.ts'

/**
 * Reports whatever of the plan this build, with this configuration, cannot run, so that nothing is ever silently
 * ignored. Under `--simulate` everything is accepted: each step is one simulated step.
 */
export function notYet(context: CheckContext, options: PlanOptions): void {
  if (options.simulate === 'all') return
  const { outline } = context
  refuseShared(objectAt(outline.root['defaults']), ['defaults'], context)
  for (const step of outline.steps) {
    refuseShared(step.raw, step.path, context)
    if (options.simulate === 'none') checkRunnable(step, context, options)
  }
}

const help = 'orchd run --simulate shows how the plan would go'

function refuseShared(holder: JsonObject, path: Path, { document, report }: CheckContext): void {
  if (holder['isolation'] !== 'shared') return
  const message = '"isolation: shared" is part of the plan language, but this build of orchd does not run it yet'
  report('NOT_YET', document.keySpan([...path, 'isolation']), message, { help })
}

/** What this build does not run of a key of the language, for people; `null`: it runs all of it. */
export const unsupported = (path: readonly string[]): string | null =>
  path.at(-1) === 'isolation' && path.length === 2 ? 'not `shared`' : null
