import { parentPort, workerData } from 'node:worker_threads'
import { checkPlan, type PlanRequest } from './plans.ts'

// The thread of `checkPlanAside`: one request in, one answer out.
parentPort?.postMessage(checkPlan(workerData as PlanRequest)) // given by `checkPlanAside`
