import { type PatchLine, patchLines } from '../../../base/patch.ts'
import type { StepDiff } from '../../../ports/client.ts'
import type { FileDiff } from '../../../ports/reviewer.ts'
import type { StepResponse } from '../../../ports/response.ts'
import type { Palette } from './palette.ts'
import { safeIndented, safeLine, safeLines } from './safe-text.ts'

type Review = NonNullable<StepResponse['review']>
type Found = Review['findings'][number]

/** A step's change with what the gate found, each finding below its line; safe to show. */
export function reviewLines(step: StepResponse, diff: StepDiff, paint: Palette): string[] {
  const { review } = step
  const findings = review?.findings ?? []
  return [
    ...heading(step, diff, paint),
    ...findings.map((finding) => `  ${findingLine(finding, paint)}`),
    ...(review !== null && review.more > 0 ? [`  and ${review.more} more`] : []),
    ...diff.files.flatMap((file) => ['', ...fileLines(file, findings, paint)]),
    ...more(diff, paint),
    ...allowing(step, paint),
  ]
}

/** A change without what the gate found in it. */
export const diffLines = (diff: StepDiff, paint: Palette): string[] => [
  `${paint.strong(diff.step)}: ${diff.files.length} ${diff.files.length === 1 ? 'file' : 'files'}, attempt ${diff.attempt}`,
  paint.faint(`  commit ${diff.commit}`),
  ...diff.files.flatMap((file) => ['', ...fileLines(file, [], paint)]),
  ...more(diff, paint),
]

const more = ({ cut, base, commit }: StepDiff, paint: Palette): string[] =>
  cut ? ['', paint.asks(`the rest is left out here; all of it, secrets too: git diff --text ${base} ${commit}`)] : []

const verdicts: { readonly [verdict in Review['verdict']]: string } = {
  approve: 'nothing in it needs a person',
  require_human: 'a person must approve it',
  block: 'it is blocked',
}

function heading({ id, review, status }: StepResponse, diff: StepDiff, paint: Palette): string[] {
  const count = diff.files.length
  const files = `${count}${diff.cut ? ' or more' : ''} ${count === 1 && !diff.cut ? 'file' : 'files'}`
  const decided = review?.decided_by == null ? '' : `, decided by ${safeLine(review.decided_by, 80)}`
  const verdict = review === null ? 'it was not reviewed' : verdicts[review.verdict]
  const color = status === 'gated' ? paint.asks : review?.verdict === 'block' ? paint.bad : paint.good
  const who = review === null || review.approvers.length === 0 ? '' : ` (${safeLine(review.approvers.join(', '))})`
  return [
    `${paint.strong(id)}: ${files}, attempt ${diff.attempt}; ${color(`${verdict}${who}${decided}`)}`,
    paint.faint(`  commit ${diff.commit}, tree ${diff.tree}`),
  ]
}

function findingLine({ action, rule, file, line, message }: Found, paint: Palette): string {
  const mark = { note: paint.faint('·'), human: paint.asks('!'), block: paint.bad('✗') }[action]
  const place = `${safeLine(file, 120)}${line === null ? '' : `:${line}`}`
  return `${mark} ${paint.strong(place)}  ${safeLine(message)}  ${paint.faint(rule)}`
}

const maxLine = 400

function fileLines(
  { path, old_path: oldPath, status, patch }: FileDiff,
  all: readonly Found[],
  paint: Palette,
): string[] {
  const findings = all.filter(({ file }) => file === path)
  const below = ({ action, message, rule }: Found): string => {
    const color = action === 'block' ? paint.bad : action === 'human' ? paint.asks : paint.faint
    return color(`    ^ ${safeLine(message)} (${rule})`)
  }
  const name = status === 'renamed' ? `${safeLine(oldPath)} -> ${safeLine(path)}` : safeLine(path)
  const lines = [paint.strong(`${name}  (${status.replace('_', ' ')})`)]
  for (const finding of findings) if (finding.line === null) lines.push(below(finding))
  for (const { kind, text, line: at } of patchLines(patch)) {
    // Names are told above; what git says of its objects tells people nothing.
    if (kind === 'head' && (text === '' || /^(?:index |--- |\+\+\+ |similarity |rename )/.test(text))) continue
    const line = text.length > maxLine ? `${text.slice(0, maxLine)}…` : text
    const safe = safeLines(line.replaceAll('\r', '␍'), false) // one that ended a line would make two of it
    lines.push(`  ${colours[kind](paint)(safe)}`)
    if (kind === 'added') for (const finding of findings) if (finding.line === at) lines.push(below(finding))
  }
  return lines
}

const colours: { readonly [kind in PatchLine['kind']]: (paint: Palette) => (text: string) => string } = {
  head: ({ faint }) => faint,
  hunk: ({ busy }) => busy,
  added: ({ good }) => good,
  removed: ({ bad }) => bad,
  same: () => (text) => text,
  note: ({ faint }) => faint,
}

/** What would let a blocked change through. */
function allowing({ review }: StepResponse, paint: Palette): string[] {
  if (review === null || review.allow.length === 0) return []
  return [
    '',
    paint.asks('if that is none, these lines in orchestrator_config.yaml let exactly it through:'),
    ...review.allow.map((line) => `  ${safeIndented(line)}`),
  ]
}
