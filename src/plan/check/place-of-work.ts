import { branchNameProblem } from '../branch-name.ts'
import type { PlanOptions } from '../options.ts'
import type { Path } from '../yaml/locate.ts'
import { objectAt, textAt } from './outline.ts'
import type { CheckContext } from './steps.ts'

const repository = ['context', 'repository']
const branches: readonly Path[] = [
  ['context', 'branch'],
  ['constraints', 'require_pr', 'base'],
]

/** Reports a repository that cannot be cloned and branches that cannot be, as far as their names tell. */
export function checkPlaceOfWork(context: CheckContext, { repositoryProblem }: PlanOptions): void {
  const { outline, document, report } = context
  const { context: place, constraints } = outline.root
  const url = textAt(objectAt(place)['repository'])
  const problem = url === null ? null : (repositoryProblem?.(url) ?? null)
  if (problem !== null)
    report('VALUE_MALFORMED', document.valueSpan(repository), problem.message, { help: problem.help })
  const names = [textAt(objectAt(place)['branch']), textAt(objectAt(objectAt(constraints)['require_pr'])['base'])]
  for (const [at, path] of branches.entries()) {
    const name = names[at] ?? null
    const why = name === null || name === '' ? null : branchNameProblem(name)
    if (why === null) continue
    const message = `"${String(path.at(-1))}" cannot be ${JSON.stringify(name).slice(0, 80)}: git keeps no branch ${why}`
    report('VALUE_MALFORMED', document.valueSpan(path), message, { help: 'choose another name' })
  }
}
