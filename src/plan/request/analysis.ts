import type { TaskSize } from '../task-profile.ts'
import type { CompiledRequest } from './compile.ts'
import type { StepAgents } from './plan-text.ts'

/** What the analyzer and the dispatch policy found out of a request, in words. */
export type RequestAnalysis = {
  readonly type: string
  readonly size: TaskSize
  /** Why it was taken for that, and what else the plan follows from. */
  readonly reasons: readonly string[]
  readonly steps: readonly {
    readonly id: string
    /** Why there is such a step. */
    readonly why: string
    readonly depends_on: readonly string[]
    /** Who would do it, as things stand; `null`: nobody could, or orchd does it itself. */
    readonly agent: string | null
    readonly agent_why: string | null
    /** Who would take over, in order. */
    readonly fallback: readonly string[]
  }[]
}

/** What a valid request comes to. */
export type MadeOfRequest = {
  readonly planText: string
  readonly requestId: string | null
  readonly analysis: RequestAnalysis
}

export function analysisOf(
  { profile, reasons, parts, isAlone }: CompiledRequest,
  agents: readonly StepAgents[],
): RequestAnalysis {
  const orders = new Map(agents.map(({ id, order }) => [id, order]))
  const steps = parts.map(({ id, why, after }) => {
    const [first, ...others] = orders.get(id) ?? []
    return {
      id,
      why,
      depends_on: after,
      agent: first?.name ?? null,
      agent_why: first?.why ?? null,
      fallback: isAlone ? [] : others.map(({ name }) => name),
    }
  })
  return { type: profile.type, size: profile.size, reasons, steps }
}
