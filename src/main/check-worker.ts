import { parentPort, workerData } from 'node:worker_threads'
import { checkPlan, type PlanRequest } from './plans.ts'

// The thread of `checkPlanAside`: one request in, one answer out.
const request = workerData as PlanRequest // given by `checkPlanAside`
parentPort?.postMessage(checkPlan(request), [])
