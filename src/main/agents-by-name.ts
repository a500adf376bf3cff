import type { Attempt } from '../ports/agent.ts'
import type { ClosableAdapter } from '../agents/shell.ts'

type Parts = {
  readonly simulated: ClosableAdapter
  /** Every agent that is a program. */
  readonly cli: ClosableAdapter
  readonly isSimulated: (agent: string) => boolean
}

/** Hands each attempt to the adapter of its agent. Under `--simulate` the simulated agent does the work of all. */
export function createAgents({ simulated, cli, isSimulated }: Parts): ClosableAdapter {
  const adapterOf = ({ simulate, agent }: Attempt): ClosableAdapter =>
    simulate !== 'none' || isSimulated(agent) ? simulated : cli
  return {
    name: 'agents',
    start: (attempt, report) => adapterOf(attempt).start(attempt, report),
    attach: (attempt, report) => adapterOf(attempt).attach(attempt, report),
    stop(key, reason) {
      // Whose attempt it is not does nothing.
      simulated.stop(key, reason)
      cli.stop(key, reason)
    },
    async close() {
      await Promise.all([simulated.close(), cli.close()])
    },
  }
}
