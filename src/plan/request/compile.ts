import type { JsonObject } from '../../base/json.ts'
import type { RequestDocument } from '../generated/request-document.ts'
import { profileOf, type TaskProfile } from '../task-profile.ts'
import { type Part, partsOf } from './parts.ts'
import type { Surroundings } from './surroundings.ts'

/** A request as a plan, before it is checked as one, and why it looks like that. */
export type CompiledRequest = {
  readonly plan: JsonObject
  readonly profile: TaskProfile
  readonly reasons: readonly string[]
  /** Its steps, each with its reason. */
  readonly parts: readonly Part[]
  /** Whether no agent takes over from the first. */
  readonly isAlone: boolean
}

/** How often an agent may try until the tests pass. */
const verifyRounds = 3

/** What a request asks for as a plan: the analyzer tells its kind and size, and with them which steps it takes. */
export function compileRequest(request: RequestDocument, around: Surroundings): CompiledRequest {
  const { request_id: id, task, preferences = {}, context = {} } = request
  const constraints = task.constraints ?? {}
  const { require_tests: tests = false, require_pr: pr = false } = constraints
  const { allow_parallel: parallel = true, preferred_agent: preferred, fallback_enabled: fallback = true } = preferences
  const files = context.files ?? []
  const profile = profileOf({
    text: task.description,
    type: task.type ?? null,
    files,
    requireTests: tests,
    requirePr: pr,
    allowParallel: parallel,
  })
  const inGit = around.isRepository || pr || [context.repository, context.base, context.branch].some(isGiven)
  const isReader = profile.type === 'review' || profile.type === 'design'
  const parts = partsOf({
    profile,
    writesTests: tests && !isReader && profile.type !== 'test_generation' && profile.type !== 'documentation',
    isParallel: parallel && inGit,
    around,
  })
  const description = task.description.trim()
  const plan = {
    version: 1,
    name: nameOf(profile, id ?? null),
    description: literal(firstLine(description)),
    ...(inGit ? { context: contextOf(context, profile, around) } : {}),
    defaults: {
      agent: preferred === undefined || preferred === null ? 'auto' : { prefer: [preferred] },
      ...(fallback ? {} : { fallback: [] }),
    },
    ...constraintsOf(constraints, parallel && inGit, around),
    steps: parts.map((part) => stepOf(part, description, inGit ? [] : files, around)),
  }
  const isTested = tests || parts.some(({ isVerified }) => isVerified)
  const reasons = reasonsOf({ profile, around, inGit, parallel, tests, isTested })
  return { plan, profile, reasons, parts, isAlone: !fallback }
}

function contextOf(
  { repository = '.', base, branch, files = [] }: NonNullable<RequestDocument['context']>,
  { type }: TaskProfile,
  { setup }: Surroundings,
): JsonObject {
  // A review looks at what is on the branch, and leaves nothing behind on it.
  const isReview = type === 'review' && branch !== undefined
  return {
    repository,
    ...(isReview ? { base: branch } : base === undefined ? {} : { base }),
    ...(isReview || branch === undefined ? {} : { branch }),
    ...(files.length === 0 ? {} : { files: [...files] }),
    ...(setup === null ? {} : { setup: { run: setup.run, key: [...setup.key], cache: [...setup.cache] } }),
  }
}

function constraintsOf(
  constraints: NonNullable<RequestDocument['task']['constraints']>,
  isParallel: boolean,
  { test }: Surroundings,
): { readonly constraints?: JsonObject } {
  const { max_duration: maxDuration, max_parallel: most, max_usd: maxUsd, require_tests, require_pr } = constraints
  const found: JsonObject = {
    ...(maxDuration === undefined ? {} : { max_duration: maxDuration }),
    ...(!isParallel ? { max_parallel: 1 } : most === undefined ? {} : { max_parallel: most }),
    ...(maxUsd === undefined ? {} : { budget: { max_usd: maxUsd } }),
    ...(require_tests === true ? { require_tests: test === null ? true : { run: test.run } } : {}),
    ...(require_pr === true ? { require_pr: true } : {}),
  }
  return Object.keys(found).length === 0 ? {} : { constraints: found }
}

function stepOf(
  { id, type, after, words, readsOnly, isVerified }: Part,
  description: string,
  files: readonly string[],
  { test }: Surroundings,
): JsonObject {
  const about = files.length === 0 ? [] : [`It is about these files: ${literal(files.join(', '))}`]
  const prompt = [...(words ?? []), `The task:\n${literal(description)}`, ...about].join('\n\n')
  return {
    id,
    // The subject of the commit of its change.
    description: `${subjects[id] ?? ''}${literal(firstLine(description))}`,
    type,
    ...(after.length === 0 ? {} : { depends_on: [...after] }),
    ...(readsOnly ? { permissions: { file_system: 'read_only' } } : {}),
    ...(words === null ? { integrate: { on_conflict: 'resolve_with_agent' } } : { prompt: `${prompt}\n` }),
    ...(isVerified && test !== null ? { verify: { run: test.run, max_rounds: verifyRounds } } : {}),
  }
}

type Shape = {
  readonly profile: TaskProfile
  readonly around: Surroundings
  readonly inGit: boolean
  readonly parallel: boolean
  readonly tests: boolean
  /** Whether its tests are run at all. */
  readonly isTested: boolean
}

function reasonsOf({ profile, around: { test, setup }, inGit, parallel, tests, isTested }: Shape): readonly string[] {
  return [
    ...profile.reasons,
    ...(test === null || !isTested ? [] : [`tested with "${test.run}": ${test.why}`]),
    ...(setup === null || !inGit ? [] : [`made ready with "${setup.run}": ${setup.why}`]),
    ...(tests && test === null ? ['nothing tells how it is tested'] : []),
    ...(parallel ? [] : ['one step at a time, as the request says']),
    ...(inGit ? [] : ['it is in no git repository: the steps work in the folder itself, one after the other']),
  ]
}

/** What is done for the task, where it is not the task itself. */
const subjects: { readonly [step: string]: string } = {
  design: 'a design for: ',
  'write-tests': 'tests for: ',
  combine: 'the work and its tests, merged: ',
  review: 'a review of: ',
  finish: 'what was left of: ',
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''

const isGiven = (value: unknown): boolean => value !== undefined

/** Words of the request are data: nothing in them is evaluated. */
const literal = (text: string): string => text.replaceAll('${{', () => '$${{')

/** A name that a plan may have. */
function nameOf({ type }: TaskProfile, id: string | null): string {
  const words = `${type} ${id ?? ''}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
  return words === '' ? 'request' : words.slice(0, 64).replace(/-+$/, '')
}
