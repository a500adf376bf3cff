import type { RunEvent } from '../../src/run/event.ts'
import { gate, plan, step } from './plans.ts'
import { failure, KernelRun } from './runs.ts'

const retry = { maxAttempts: 2, backoff: 'fixed', delayMs: 100, maxDelayMs: 100, on: ['exit_nonzero'] } as const

/** The events of a run that was submitted at `at`, with a retry, a join, waits for slots and a gate of 30 days. */
export function variedRun(at = 1_700_000_000_000): RunEvent[] {
  const steps = [
    step('a', [], { retry }),
    step('b'),
    step('ok', ['a', 'b'], { body: gate(1e10) }),
    step('c', ['ok', 'a', 'b']),
  ]
  const run = new KernelRun(plan(steps))
  run.pass(50).start('a').start('b').pass(1000).finish('a', failure).finish('b')
  run.pass(150).run('a').pass(2_592_000_000).answer('ok', 'approve').start('c').pass(5).finish('c')
  const [first] = run.events
  return run.events.map((event) => ({ ...event, at: at + event.at - (first?.at ?? 0) }))
}
