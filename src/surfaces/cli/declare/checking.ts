import { type Declare, type Flags, jsonFlag, stateFlag, stateOf } from './flags.ts'

/** Commands that check before anything runs: `validate doctor`. */
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
    .command('doctor')
    .description('show what is configured from where, and what is missing')
    .option(...jsonFlag)
    .option(...stateFlag)
    .action(async (flags: Flags) => {
      const { doctor } = await import('../commands/doctor.ts')
      end(await doctor(deps, { json: flags.json, state: stateOf(flags) }))
    })
}
