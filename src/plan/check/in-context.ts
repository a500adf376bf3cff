import type { JsonObject } from '../../base/json.ts'
import type { Path } from '../yaml/locate.ts'
import { objectAt, stepName } from './outline.ts'
import type { CheckContext } from './steps.ts'

/** What a plan is read as: the one that is run, or a part of it. A sub-plan works in the context of the plan around it. */
export type Around = {
  readonly isRoot: boolean
  /** Whether the run has a `context`. */
  readonly hasContext: boolean
}

/** Checks what only means something in a git repository. */
export function checkInContext(context: CheckContext, { isRoot, hasContext }: Around): void {
  const { outline, document, report } = context
  if (!isRoot && 'context' in outline.root) {
    const message = '"context" has no effect here: a sub-plan works in that of the plan which is run'
    report('KEY_WITHOUT_EFFECT', document.keySpan(['context']), message, {
      severity: 'warning',
      help: 'it counts when this plan is run by itself',
    })
  }
  if (hasContext) return
  const requirePr = objectAt(outline.root['constraints'])['require_pr']
  if (isRoot && requirePr !== undefined && requirePr !== false) {
    const message = 'a pull request has a branch of a git repository, and without "context" there is none'
    report('CONTEXT_MISSING', document.keySpan(['constraints', 'require_pr']), message, { help })
  }
  checkIsolation(objectAt(outline.root['defaults']), ['defaults'], context)
  for (const step of outline.steps) {
    checkIsolation(step.raw, step.path, context)
    if (!('integrate' in step.raw)) continue
    const message = `${stepName(step)} integrates changes, and without "context" there are none`
    report('CONTEXT_MISSING', document.keySpan([...step.path, 'integrate']), message, { help })
  }
}

const help = 'add context: { repository: . } to the plan'

function checkIsolation({ isolation }: JsonObject, path: Path, { document, report }: CheckContext): void {
  if (isolation !== 'worktree' && isolation !== 'shared') return
  const message = `"isolation: ${isolation}" needs a git repository to work in`
  report('CONTEXT_MISSING', document.valueSpan([...path, 'isolation']), message, { help })
}
