import type { JsonObject } from '../../base/json.ts'
import type { RequestDocument } from '../generated/request-document.ts'
import { profileOf, type TaskProfile } from '../task-profile.ts'

/** A request as a plan, before it is checked as one, and why it looks like that. */
export type CompiledRequest = { readonly plan: JsonObject; readonly reasons: readonly string[] }

/** What a request asks for as a plan: the analyzer tells its kind and size, and with them how many steps it takes. */
export function compileRequest({
  request_id: id,
  task,
  preferences = {},
  context = {},
}: RequestDocument): CompiledRequest {
  const constraints = task.constraints ?? {}
  const { require_tests: tests = false, require_pr: pr = false, max_usd: maxUsd } = constraints
  const { allow_parallel: parallel = true, preferred_agent: preferred, fallback_enabled: fallback = true } = preferences
  const { repository = '.', base, branch, files = [] } = context
  const profile = profileOf({
    text: task.description,
    type: task.type ?? null,
    files,
    requireTests: tests,
    requirePr: pr,
    allowParallel: parallel,
  })
  const parts = partsOf(profile, tests, parallel)
  const reasons = [
    ...profile.reasons,
    ...parts.reasons,
    ...(parallel ? [] : ['one step at a time, as the request says']),
  ]
  const plan = {
    version: 1,
    name: nameOf(profile, id ?? null),
    description: literal(task.description.trim().split('\n')[0] ?? ''),
    context: {
      repository,
      ...(base === undefined ? {} : { base }),
      ...(branch === undefined ? {} : { branch }),
      ...(files.length === 0 ? {} : { files: [...files] }),
    },
    defaults: {
      agent: preferred === undefined || preferred === null ? 'auto' : { prefer: [preferred] },
      ...(fallback ? {} : { fallback: [] }),
    },
    constraints: {
      ...(constraints.max_duration === undefined ? {} : { max_duration: constraints.max_duration }),
      ...maxParallelOf(parallel, constraints.max_parallel),
      ...(maxUsd === undefined ? {} : { budget: { max_usd: maxUsd } }),
      ...(tests ? { require_tests: true } : {}),
      ...(pr ? { require_pr: true } : {}),
    },
    steps: parts.steps.map(({ id: step, after, words }) => ({
      id: step,
      ...(after.length === 0 ? {} : { depends_on: [...after] }),
      prompt: promptOf(words, task.description, files),
    })),
  }
  return { plan, reasons }
}

function maxParallelOf(parallel: boolean, most: number | undefined): JsonObject {
  if (!parallel) return { max_parallel: 1 }
  return most === undefined ? {} : { max_parallel: most }
}

type Part = { readonly id: string; readonly after: readonly string[]; readonly words: string }

function partsOf(
  { type, size }: TaskProfile,
  tests: boolean,
  parallel: boolean,
): { readonly steps: readonly Part[]; readonly reasons: readonly string[] } {
  if (type === 'review' || type === 'design')
    return {
      steps: [{ id: type, after: [], words: 'Do the task below. Change no file: what you find is the answer.' }],
      reasons: [],
    }
  const designed = type === 'complex_refactor' || size === 'large'
  const design = {
    id: 'design',
    after: [],
    words:
      'Make a short design for the task below: which files change, in which order, and what must stay as it is. Change no file.',
  }
  const before = designed ? ['design'] : []
  const given = designed ? `\nThe design:\n\${{ steps.design.outputs.text }}` : ''
  const writesTests = tests && type !== 'test_generation' && type !== 'documentation'
  const work = {
    id: 'implement',
    after: before,
    words: `Do the task below.${writesTests ? ' Its tests are written by somebody else.' : ''}${given}`,
  }
  const write = {
    id: 'write-tests',
    // One after the other, the tests are written for the work that is there.
    after: parallel ? before : ['implement'],
    words: `Write tests for the task below, and change nothing but tests. The work itself is done by somebody else.${given}`,
  }
  return {
    steps: [...(designed ? [design] : []), work, ...(writesTests ? [write] : [])],
    reasons: [
      ...(designed ? [`a design first, because it is ${type === 'complex_refactor' ? type : 'large'}`] : []),
      ...(writesTests ? ['tests beside the work, because the request wants tests'] : []),
    ],
  }
}

function promptOf(words: string, description: string, files: readonly string[]): string {
  const about = files.length === 0 ? '' : `\nIt is about these files: ${literal(files.join(', '))}`
  return `${words}\n\nThe task:\n${literal(description.trim())}${about}\n`
}

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
