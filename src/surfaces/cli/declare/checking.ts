import { Option } from 'commander'
import type { GraphFormat } from '../commands/graph.ts'
import { inputOption } from '../options.ts'
import { type Declare, type Flags, jsonFlag, stateFlag, stateOf } from './flags.ts'

/** Commands that check before anything runs: `validate plan graph doctor`. */
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
    .command('plan')
    .description('show what a plan would run, in which order, with which values, and why; nothing is started')
    .argument('<file>', 'plan file, or - for standard input')
    .option('-i, --input <name=value>', "one of the plan's inputs; may be given again", inputOption, {})
    .option(...jsonFlag)
    .action(async (file: string, flags: Flags & { readonly input: { readonly [name: string]: string } }) => {
      const { plan } = await import('../commands/plan.ts')
      end(await plan(deps, file, flags))
    })
  program
    .command('graph')
    .description('draw the steps of a plan')
    .argument('<file>', 'plan file, or - for standard input')
    .addOption(new Option('--format <format>', 'how').choices(['ascii', 'mermaid', 'dot']).default('ascii'))
    .action(async (file: string, flags: { readonly format: GraphFormat }) => {
      const { graph } = await import('../commands/graph.ts')
      end(await graph(deps, file, flags))
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
