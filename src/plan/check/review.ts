import type { Json, JsonObject } from '../../base/json.ts'
import type { PlanOptions } from '../options.ts'
import {
  approversOf,
  defaultReviewPolicy,
  removedTestsOf,
  type ReviewPolicy,
  stricter,
  tightened,
} from '../review-policy.ts'
import type { Path } from '../yaml/locate.ts'
import type { Around } from './in-context.ts'
import { listAt, objectAt } from './outline.ts'
import type { CheckContext } from './steps.ts'

/**
 * Reports where a plan or a step would loosen the gate on changes: it could not, and whoever wrote it should know. Of a
 * plan without a `context` there are no changes to look at.
 */
export function checkReview(
  context: CheckContext,
  { review = defaultReviewPolicy }: PlanOptions,
  around: Around,
): void {
  const { outline } = context
  const root = outline.root['review']
  checkTightens(root, ['review'], review, 'the configuration', context)
  const policy = tightened(review, objectAt(root))
  const above = root === undefined ? 'the configuration' : 'the plan or the configuration'
  for (const step of outline.steps) checkTightens(step.raw['review'], [...step.path, 'review'], policy, above, context)
  if (around.hasContext) return
  warnWithoutContext(root, ['review'], context)
  for (const step of outline.steps) warnWithoutContext(step.raw['review'], [...step.path, 'review'], context)
}

function checkTightens(
  value: Json | undefined,
  path: Path,
  policy: ReviewPolicy,
  above: string,
  { document, report }: CheckContext,
): void {
  const review = objectAt(value)
  const loosens = (at: Path, what: string, help: string): void =>
    report('REVIEW_LOOSENED', document.valueSpan([...path, ...at]), what, { help })
  if (review['secrets'] === 'require_human' && policy.secrets === 'block')
    loosens(['secrets'], `"secrets" is "block" in ${above}`, 'leave it out')
  const removed = removedTestsOf(review['removed_tests'])
  if (removed !== null && stricter(policy.removedTests, removed) !== removed)
    loosens(['removed_tests'], `"removed_tests" is "${policy.removedTests}" in ${above}`, 'leave it out')
  const most = review['max_changed_files']
  if (typeof most === 'number' && policy.maxChangedFiles !== null && most > policy.maxChangedFiles)
    loosens(
      ['max_changed_files'],
      `"max_changed_files" is ${policy.maxChangedFiles} in ${above}`,
      'give less, or leave it out',
    )
  const approvers = approversOf(review)
  if (approvers !== null && policy.approvers !== null && !approvers.some((name) => policy.approvers?.includes(name)))
    loosens(
      ['approvers'],
      `none of them may approve: ${above} names ${policy.approvers.join(', ')}`,
      'name some of those',
    )
  checkFiles(objectAt(review['protected_files']), policy, above, loosens)
}

function checkFiles(
  files: JsonObject,
  policy: ReviewPolicy,
  above: string,
  loosens: (at: Path, what: string, help: string) => void,
): void {
  const isBlocked = policy.protectedFiles.some((layer) => layer.policy === 'block')
  if (files['policy'] === 'require_human' && files['include'] === undefined && isBlocked)
    loosens(['protected_files', 'policy'], `"policy" is "block" in ${above}`, 'leave it out')
  const own = listAt(files['include'])
  for (const [at, glob] of listAt(files['exclude']).entries()) {
    const isProtected = policy.protectedFiles.some(({ include }) => include.some((one) => one === glob))
    if (own.length > 0 && !isProtected) continue
    const what = isProtected
      ? `${JSON.stringify(glob)} is protected by ${above}`
      : '"exclude" excepts from the "include" beside it, and there is none'
    loosens(['protected_files', 'exclude', at], what, 'only orchestrator_config.yaml can except from what it protects')
  }
}

/** People who approve a gate of the plan are named there too. */
const alsoWithout = new Set(['approvers'])

function warnWithoutContext(value: Json | undefined, path: Path, { document, report }: CheckContext): void {
  for (const key of Object.keys(objectAt(value)).filter((name) => path.length > 1 || !alsoWithout.has(name))) {
    const message = `"${key}" has no effect: without a "context" there is no change to review`
    const help = 'add a context, so that the steps work on commits'
    report('KEY_WITHOUT_EFFECT', document.keySpan([...path, key]), message, { severity: 'warning', help })
  }
}
