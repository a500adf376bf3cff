import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { checkPlan, type CheckedPlan, type PlanRequest } from './plans.ts'

/** A plan of this size is read in some ten milliseconds, which is less than a thread takes to start. */
const smallBytes = 32 * 1024

/**
 * `checkPlan` for a holder, whose event loop must not stand still: a large plan (10,000 steps take a second or two) is
 * read in a thread of its own, which ends with it.
 */
export async function checkPlanAside(request: PlanRequest): Promise<CheckedPlan> {
  if (request.bytes.byteLength <= smallBytes) return checkPlan(request)
  const own = import.meta.filename
  // Only what can be copied crosses over.
  const workerData = { ...request, env: { ...request.env } }
  const worker = new Worker(own.replace(/aside(\.[jt]s)$/, 'worker$1'), { workerData })
  const [answer] = await once(worker, 'message')
  await worker.terminate()
  return answer as CheckedPlan // `check-worker.ts` posts exactly that
}
