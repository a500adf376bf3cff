import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import type { RunId } from '../../base/ids.ts'
import { parseDuration } from '../../base/duration.ts'
import { costGroups, type CostGroup } from '../../ports/costs.ts'
import { costReport } from '../../report/costs.ts'
import type { HttpDeps } from './deps.ts'
import { oneOf, queryOf } from './query.ts'
import { runOf } from './run-of.ts'

/** `GET /costs?since=7d&by=agent&run=RUN`. */
export function costRoutes(deps: HttpDeps): Hono {
  return new Hono().get('/', (context) => {
    const query = queryOf(context, oneOf('since', 'by', 'run'))
    const run = query.get('run')
    const span = query.get('since')
    const sinceMs = span === undefined ? null : parseDuration(span)
    if (span !== undefined && sinceMs === null)
      throw new OrchdError('USAGE', `"since" must be a span of time such as 7d, not "${span}"`)
    const by = groupIn(query.get('by') ?? (run === undefined ? 'agent' : 'step'))
    const wish = {
      since: sinceMs === null ? null : deps.now() - sinceMs,
      run: run === undefined ? null : runOf(deps, run).id,
      by,
    }
    return context.json(costReport(deps.attemptsEnded(), wish, remembered(deps.planOf)))
  })
}

function groupIn(name: string): CostGroup {
  const group = costGroups.find((one) => one === name)
  if (group === undefined) throw new OrchdError('USAGE', `"by" must be one of ${costGroups.join(', ')}, not "${name}"`)
  return group
}

/** Each run is asked for once. */
function remembered(planOf: (run: RunId) => string): (run: RunId) => string {
  const known = new Map<RunId, string>()
  return (run) => {
    const name = known.get(run) ?? planOf(run)
    known.set(run, name)
    return name
  }
}
