import type { RunState } from '../../src/run/state.ts'
import { randomPlan } from '../simulation/plans.ts'
import { Random } from './random.ts'
import { failure, KernelRun, success } from './runs.ts'

const anyStep = ({ steps }: RunState, random: Random): string => steps.get(random.below(steps.length)).id

/** Takes a random plan to its end with random results, answers and waits. */
export function play(seed: number, look: (state: RunState) => void = () => {}): KernelRun {
  const random = new Random(seed)
  const run = new KernelRun(randomPlan(random))
  for (let turn = 0; turn < 2000 && run.state.phase !== 'finished'; turn++) {
    const running = Array.from(run.state.sets.running, (index) => run.state.steps.get(index))
    const gates = Array.from(run.state.sets.gates, (index) => run.state.steps.get(index))
    const ready = run.ready()
    const wish = random.fraction()
    if (wish < 0.01) run.cancel()
    else if (wish < 0.02) run.retry(random.chance(0.5) ? null : anyStep(run.state, random), random.chance(0.3))
    else if (ready.length > 0 && random.chance(0.5)) run.start(ready[0]!)
    else if (running.length > 0 && random.chance(0.7))
      run.finish(
        random.pick(running).id,
        random.chance(0.7) ? { ...success, outputs: { files: ['a', 'b', 'c'].slice(random.below(4)) } } : failure,
      )
    else if (gates.length > 0 && random.chance(0.3))
      run.answer(random.pick(gates).id, random.pick(['approve', 'reject']))
    else run.pass(5000)
    look(run.state)
  }
  return run
}
