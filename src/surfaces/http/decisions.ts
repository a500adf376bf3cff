import { Hono } from 'hono'
import { stepId } from '../../base/ids.ts'
import { runOf, type HttpDeps } from './app.ts'
import { limits, objectOf, textIn, wordIn } from './body.ts'

const somebody = 'somebody'

/** What people decide: gates, attempts that were lost, cancelling. */
export function decisionRoutes(deps: HttpDeps): Hono {
  const { engine } = deps
  return new Hono()
    .post('/:run/gates/:step', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const body = await objectOf(context, limits.answerBytes)
      const answer = {
        decision: wordIn(body, 'decision', ['approve', 'reject']),
        by: textIn(body, 'by', somebody) ?? somebody,
        comment: textIn(body, 'comment', null),
      }
      await engine.decideGate(id, stepId(context.req.param('step')), answer)
      return context.json({ run_id: id, step: context.req.param('step'), ...answer })
    })
    .post('/:run/steps/:step/decide', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const body = await objectOf(context, limits.answerBytes)
      const decision = wordIn(body, 'decision', ['rerun', 'skip', 'fail'])
      await engine.decideLost(id, stepId(context.req.param('step')), decision, textIn(body, 'by', somebody) ?? somebody)
      return context.json({ run_id: id, step: context.req.param('step'), decision })
    })
    .post('/:run/cancel', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const body = await objectOf(context, limits.answerBytes)
      await engine.cancel(id, textIn(body, 'by', somebody) ?? somebody, textIn(body, 'reason', null))
      return context.json({ run_id: id }, 202)
    })
}
