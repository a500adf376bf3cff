import type { FmtOptions } from '../commands/fmt.ts'
import { type Declare, examples, type Flags, jsonFlag, stateFlag, stateOf } from './flags.ts'

/** Commands that check before anything runs: `validate fmt doctor`. */
export const declareChecking: Declare = (program, deps, end) => {
  program
    .command('validate')
    .description('check plans and show everything that is wrong with them')
    .argument('<file...>', 'plan files, or - for standard input')
    .option(...jsonFlag)
    .action(async (files: readonly string[], flags: Flags) => {
      const { validate } = await import('../commands/validate.ts')
      end(await validate(deps, files, flags))
    })
  program
    .command('fmt')
    .description('bring plan files into the one style')
    .argument('<file...>', 'plan files, or - from standard input to standard output')
    .option('--check', 'change nothing, list the files that would change, and exit 1 if there are any', false)
    .option('--diff', 'change nothing, and show what would change', false)
    .option(...jsonFlag)
    .addHelpText('after', examples('orchd fmt plans/*.yaml', 'orchd fmt --check --diff plans/*.yaml   # for CI'))
    .action(async (files: readonly string[], flags: FmtOptions) => {
      const { fmt } = await import('../commands/fmt.ts')
      end(await fmt(deps, files, flags))
    })
  program
    .command('doctor')
    .description('show what is configured from where, and what is missing')
    .option(...jsonFlag)
    .option(...stateFlag)
    .action(async (flags: Flags) => {
      const { doctor } = await import('../commands/doctor.ts')
      end(await doctor(deps, { json: flags.json, state: stateOf(flags) }))
    })
}
