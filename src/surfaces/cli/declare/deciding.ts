import { Option } from 'commander'
import { type Declare, type Flags, stateFlag, stateOf } from './flags.ts'

type MessageFlags = Flags & { readonly message?: string }

const json = ['--json', 'print JSON: events if the run goes on here, the response last', false] as const

const treeFlag = ['--tree <id>', 'only if this is still the tree that waits, as orchd review showed it'] as const
type TreeFlag = { readonly tree?: string }
type ReviewFlags = MessageFlags & TreeFlag & { readonly approve?: boolean; readonly reject?: boolean }

/** Commands with which a person decides: `review approve reject cancel`. */
export const declareDeciding: Declare = (program, deps, end) => {
  program
    .command('review')
    .description('show a change with what the gate found in it, and decide on it')
    .argument('<run>')
    .argument('[step]', 'default: what waits for a review, then what was blocked, then the result')
    .addOption(new Option('--approve', 'approve what is shown now, and show nothing').conflicts('reject'))
    .option('--reject', 'reject it')
    .option('-m, --message <text>', 'a comment')
    .option(...treeFlag)
    .option('--json', 'print the findings and the diff; with a decision as approve and reject do', false)
    .option(...stateFlag)
    .action(async (run: string, step: string | undefined, flags: ReviewFlags) => {
      const { review } = await import('../commands/review.ts')
      const decision = flags.approve === true ? 'approve' : flags.reject === true ? 'reject' : null
      const options = { json: flags.json, state: stateOf(flags), message: flags.message ?? null }
      end(await review(deps, run, step ?? null, { ...options, decision, tree: flags.tree ?? null }))
    })
  program
    .command('approve')
    .description('let a run go on at a gate')
    .argument('<run>')
    .argument('[step]', 'may be left out when one gate is open')
    .option('-m, --message <text>', 'a comment')
    .option(...treeFlag)
    .option(...json)
    .option(...stateFlag)
    .action(async (run: string, step: string | undefined, flags: MessageFlags & TreeFlag) => {
      const { answerGate } = await import('../commands/gate.ts')
      const options = {
        json: flags.json,
        state: stateOf(flags),
        message: flags.message ?? null,
        tree: flags.tree ?? null,
      }
      end(await answerGate(deps, 'approve', run, step ?? null, options))
    })
  program
    .command('reject')
    .description('stop a run at a gate')
    .argument('<run>')
    .argument('[step]', 'may be left out when one gate is open')
    .option('-m, --message <text>', 'why')
    .option(...treeFlag)
    .option(...json)
    .option(...stateFlag)
    .action(async (run: string, step: string | undefined, flags: MessageFlags & TreeFlag) => {
      const { answerGate } = await import('../commands/gate.ts')
      const options = {
        json: flags.json,
        state: stateOf(flags),
        message: flags.message ?? null,
        tree: flags.tree ?? null,
      }
      end(await answerGate(deps, 'reject', run, step ?? null, options))
    })
  program
    .command('cancel')
    .description('end a run; a second time: its finally steps too')
    .argument('<run>')
    .option('-m, --message <text>', 'why')
    .option(...json)
    .option(...stateFlag)
    .action(async (run: string, flags: MessageFlags) => {
      const { cancel } = await import('../commands/cancel.ts')
      end(await cancel(deps, run, { json: flags.json, state: stateOf(flags), message: flags.message ?? null }))
    })
}
