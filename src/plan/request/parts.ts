import type { TaskProfile } from '../task-profile.ts'
import type { Surroundings } from './surroundings.ts'

/** A step that a request takes. */
export type Part = {
  readonly id: string
  /** What kind of work it is, for the dispatch policy. */
  readonly type: string
  /** Why there is such a step. */
  readonly why: string
  readonly after: readonly string[]
  /** What the agent is told before the task itself; `null`: it is a merge. */
  readonly words: readonly string[] | null
  readonly readsOnly: boolean
  /** Whether the project's tests must pass on what it did. */
  readonly isVerified: boolean
}

/** What the shape depends on. */
export type Wish = {
  readonly profile: TaskProfile
  readonly writesTests: boolean
  /** Whether steps may work at the same time. */
  readonly isParallel: boolean
  readonly around: Surroundings
}

const noChange = 'Change no file: your answer is the result.'

/**
 * The steps that a request takes. A review or a design is one step that only reads. Other work is done in one step, with
 * tests by somebody else beside it where they are wanted; what is complex or large begins with a design, and is reviewed
 * and mended at the end.
 */
export function partsOf(wish: Wish): readonly Part[] {
  const { type } = wish.profile
  if (type === 'review') return [reviewAlone(wish)]
  if (type === 'design')
    return [part('design', 'design', 'the design is the work', [], [`Do the task below. ${noChange}`])]
  const work = workParts(wish)
  const last = work.at(-1)?.id ?? ''
  if (designReason(wish) === null) return last === 'combine' ? [...work, finish(wish, last, false)] : work
  const read = [
    `Review the change that was made for the task below: is it right and complete, does it keep what must stay, do its tests show that? ${noChange}`,
    ...(wish.around.isRepository ? ['The change is what `git diff orchd/base` shows.'] : []),
    'Name each problem with its file and line, the worst first. Where there is none, say so.',
  ]
  const review = part('review', 'review', 'the whole change is reviewed before it is finished', [last], read)
  return [...work, review, finish(wish, review.id, true)]
}

/** Why a design comes first; `null`: none does. */
function designReason({ profile: { type, size } }: Wish): string | null {
  if (type === 'complex_refactor') return 'a design first, because it is a complex_refactor'
  return size === 'large' ? 'a design first, because it is large' : null
}

function workParts(wish: Wish): readonly Part[] {
  const { profile, writesTests, isParallel, around } = wish
  const designed = designReason(wish)
  const before = designed === null ? [] : ['design']
  const given = designed === null ? [] : [`The design:\n\${{ steps.design.outputs.text }}`]
  const about =
    'Make a short design for the task below: which files change and how, in which order, what must stay as it is, and what tests must show.'
  const design = designed === null ? [] : [part('design', 'design', designed, [], [`${about} ${noChange}`])]
  const isTested = around.test !== null && profile.type !== 'documentation'
  const implement: Part = {
    ...part('implement', profile.type, 'the work itself', before, [
      `Do the task below.${writesTests ? ' Its new tests are written by somebody else.' : ''}`,
      ...given,
    ]),
    readsOnly: false,
    isVerified: isTested,
  }
  if (!writesTests) return [...design, implement]
  const others = isParallel
    ? 'The work itself is done by somebody else at the same time, so they need not pass yet.'
    : 'The work itself is done already.'
  const tests: Part = {
    ...part(
      'write-tests',
      'test_generation',
      isParallel ? 'tests beside the work, because the request wants tests' : 'tests, because the request wants them',
      isParallel ? before : ['implement'],
      [`Write tests for the task below, and change nothing but tests. ${others}`, ...given],
    ),
    readsOnly: false,
    isVerified: isTested && !isParallel,
  }
  if (!isParallel) return [...design, implement, tests]
  const combine = part('combine', profile.type, 'the work and its tests, merged', ['implement', 'write-tests'], null)
  return [...design, implement, tests, { ...combine, readsOnly: false }]
}

function finish({ around }: Wish, after: string, isReviewed: boolean): Part {
  const pass = around.test === null ? [] : [`whatever keeps \`${around.test.run}\` from passing`]
  const mend = [...(isReviewed ? ['what the review below found, where it is right'] : []), ...pass]
  const what = mend.length === 0 ? 'what does not fit together' : mend.join(', and ')
  return {
    ...part(
      'finish',
      'bug_fix',
      `what is left is mended${pass.length === 0 ? '' : ', until the tests pass'}`,
      [after],
      [
        `The work for the task below is done, in parts. Mend ${what}. Change nothing else; if nothing is left to do, change nothing.`,
        ...(isReviewed ? [`The review:\n\${{ steps.review.outputs.text }}`] : []),
      ],
    ),
    readsOnly: false,
    isVerified: around.test !== null,
  }
}

function reviewAlone({ around: { reviewFrom } }: Wish): Part {
  const change =
    reviewFrom === null ? [] : [`What is to be reviewed is the change that \`git diff ${reviewFrom}\` shows.`]
  return part(
    'review',
    'review',
    'a review is one step that only reads',
    [],
    [`Do the task below. ${noChange} Name each problem with its file and line, the worst first.`, ...change],
  )
}

/** One that only reads. */
const part = (id: string, type: string, why: string, after: readonly string[], words: Part['words']): Part => ({
  id,
  type,
  why,
  after,
  words,
  readsOnly: true,
  isVerified: false,
})
