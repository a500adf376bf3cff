import type { Diagnostic } from '../../src/base/diagnostic.ts'
import { err, ok } from '../../src/base/result.ts'
import { type ParsedPlan, type PlanOptions, justValidate, parsePlan } from '../../src/plan/parse.ts'
import type { Plan } from '../../src/plan/plan.ts'

/** The registry that plans of these tests are read with. */
export const agents: ReadonlyMap<string, string> = new Map([
  ['claude_code', 'mcp_native'],
  ['openai_codex', 'api'],
  ['shell', 'shell'],
  ['simulated', 'simulated'],
])

/** Reads a plan of a test: `files` are the project's. */
export function read(text: string, options: Partial<PlanOptions> = {}, files: Record<string, string> = {}): ParsedPlan {
  const readFile = (path: string) => (files[path] === undefined ? err('there is no such file') : ok(files[path]))
  return parsePlan(text, 'plan.yaml', { ...justValidate, agents, readFile, ...options })
}

/** Every mistake as `line:column CODE`. */
export const mistakes = (text: string, options: Partial<PlanOptions> = {}): readonly string[] =>
  read(text, options).diagnostics.map(placed)

export const placed = ({ line, column, code }: Diagnostic): string => `${line}:${column} ${code}`

/** The plan of a text that must be valid. */
export function planOf(text: string, options: Partial<PlanOptions> = {}): Plan {
  const { plan, diagnostics } = read(text, options)
  if (plan === null)
    throw new Error(diagnostics.map((diagnostic) => `${placed(diagnostic)} ${diagnostic.message}`).join('\n'))
  return plan
}

/** What a plan's step list looks like around the given steps. */
export const withSteps = (steps: string): string => `name: test\nsteps:\n${steps.replaceAll(/^(?=.)/gm, '  ')}\n`

/** What a piece of work takes of this thread's processor time: on a busy machine the clock on the wall says little. */
export function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/**
 * The same of work that must take less than a limit. Beyond it: the least of three times, as it would be on a quiet
 * machine, for a core that is shared computes at half its speed.
 */
export function leastCpuMs(work: () => void, limitMs: number): number {
  const first = cpuMs(work)
  if (first < limitMs) return first
  let least = first
  for (let tries = 0; tries < 3 && least >= limitMs; tries++) {
    const slowness = cpuMs(yardstick) / yardstickMs
    least = Math.min(least, cpuMs(work) / Math.max(1, slowness))
  }
  return least
}

const items = Array.from({ length: 40_000 }, (_, at) => ({ name: `item ${at}`, at, tags: ['a', `b${at % 7}`] }))

/** Work like that of a reader: texts, small objects and maps, and nothing of ours. */
function yardstick(): void {
  const copies: unknown = JSON.parse(JSON.stringify(items))
  if (!Array.isArray(copies)) throw new Error('no list')
  const byName = new Map(copies.map((item) => [String(item.name), item]))
  if (byName.size !== items.length) throw new Error('items are lost')
}

/** What it takes on a quiet machine once it is compiled: the least of 90 measurements on the machine of docs/benchmarks.md. */
const yardstickMs = 30
