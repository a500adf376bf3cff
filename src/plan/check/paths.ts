import type { Json } from '../../base/json.ts'
import type { Path } from '../yaml/locate.ts'
import type { CheckContext } from './steps.ts'
import { objectAt } from './outline.ts'

type PathContext = Pick<CheckContext, 'document' | 'report'>

const longestGlob = 256
const mostBraces = 4

/** Checks every path and glob of the plan: relative to the project folder, never out of it, and cheap to match. */
export function checkPaths(context: CheckContext): void {
  const { outline } = context
  for (const step of outline.steps) {
    for (const key of ['prompt_file', 'plan', 'working_directory']) {
      if (key in step.raw) checkPath(step.raw[key], [...step.path, key], context)
    }
    for (const key of ['writes', 'artifacts']) {
      if (key in step.raw) checkGlobs(step.raw[key], [...step.path, key], context)
    }
    if ('review' in step.raw) checkProtected(step.raw['review'], [...step.path, 'review'], context)
  }
  const place = objectAt(outline.root['context'])
  for (const key of ['files', 'copy']) checkGlobs(place[key], ['context', key], context)
  for (const key of ['key', 'cache']) checkGlobs(objectAt(place['setup'])[key], ['context', 'setup', key], context)
  checkProtected(outline.root['review'], ['review'], context)
}

function checkProtected(review: Json | undefined, path: Path, context: CheckContext): void {
  const files = objectAt(objectAt(review)['protected_files'])
  for (const key of ['include', 'exclude']) checkGlobs(files[key], [...path, 'protected_files', key], context)
}

/** Globs that are paths within the project, and cheap to match. */
export function checkGlobs(value: Json | undefined, path: Path, context: PathContext): void {
  if (!Array.isArray(value)) return
  for (const [at, glob] of value.entries()) {
    if (typeof glob !== 'string') continue
    if (!checkPath(glob, [...path, at], context)) continue
    const braces = glob.split('{').length - 1
    if (glob.length > longestGlob || braces > mostBraces) {
      const message = `a glob may have ${longestGlob} characters and ${mostBraces} groups in braces`
      context.report('GLOB_INVALID', context.document.valueSpan([...path, at]), message, {
        help: 'split it into several',
      })
    }
  }
}

/** Reports a path that is absolute, leaves the project folder, or means another file on another system. */
function checkPath(value: Json | undefined, path: Path, { document, report }: PathContext): boolean {
  if (typeof value !== 'string') return true
  const reason = pathProblem(value)
  if (reason === null) return true
  report(
    'PATH_OUTSIDE',
    document.valueSpan(path),
    `"${path.findLast((part) => typeof part === 'string')}" cannot be ${JSON.stringify(value).slice(0, 80)}: ${reason}`,
    {
      help: 'paths are relative to the project folder, with "/" between the parts',
    },
  )
  return false
}

/** Why a path may not stand in a plan; `null` when it may. */
export function pathProblem(path: string): string | null {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'it is absolute'
  if (path.startsWith('~')) return 'it is in a home folder'
  if (path.includes('\\')) return 'it has a backslash'
  if (path.split('/').includes('..')) return 'it leaves the project folder'
  return null
}
