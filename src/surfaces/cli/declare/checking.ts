import { Argument, Option } from 'commander'
import { type Shell, shells } from '../../complete/scripts.ts'
import type { FmtOptions } from '../commands/fmt.ts'
import type { GcOptions } from '../commands/gc.ts'
import type { GraphFormat } from '../commands/graph.ts'
import { durationOption, inputOption, keepOption } from '../options.ts'
import { type Declare, examples, type Flags, jsonFlag, stateFlag, stateOf } from './flags.ts'

type AgentFlags = Flags & { readonly check: boolean }

/** Commands that look at plans, and keep them and the state folder in order: `validate plan graph fmt doctor gc completion`. */
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
    .command('agents')
    .description('show who could do the work of steps, how things stand with each, and what is missing')
    .argument('[agent]', 'only this agent, with all that is known of it')
    .option('--check', 'try each: program, version, login, sandbox, health; exit 1 when one is not fine', false)
    .option('--release <credential>', 'use a credential again that is parked or stopped; an agent that uses it will do')
    .option(...jsonFlag)
    .option(...stateFlag)
    .addHelpText('after', examples('orchd agents claude_code', 'orchd agents --check   # spends nothing'))
    .action(async (name: string | undefined, flags: AgentFlags & { readonly release?: string }) => {
      if (flags.release !== undefined) {
        const { release } = await import('../commands/release.ts')
        return end(await release(deps, flags.release, { json: flags.json, state: stateOf(flags) }))
      }
      const { agents } = await import('../commands/agents.ts')
      end(await agents(deps, name ?? null, { json: flags.json, check: flags.check, state: stateOf(flags) }))
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
  program
    .command('gc')
    .description('remove what old finished runs left; without --yes only tell what that would be')
    .option(
      '--older-than <duration>',
      'only what is older than this (default: 30d)',
      durationOption,
      durationOption('30d'),
    )
    .option('--keep <n>', 'keep so many finished runs, the newest (default: 20)', keepOption, 20)
    .option('--logs-only', 'remove logs and other files, and keep the runs', false)
    .option('-y, --yes', 'remove it', false)
    .option(...jsonFlag)
    .option(...stateFlag)
    .addHelpText('after', examples('orchd gc', 'orchd gc --older-than 7d --keep 100 --yes'))
    .action(async (flags: Flags & Omit<GcOptions, 'state'>) => {
      const { gc } = await import('../commands/gc.ts')
      end(await gc(deps, { ...flags, state: stateOf(flags) }))
    })
  program
    .command('completion')
    .description('print the script with which a shell completes command lines of orchd')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(shells))
    .addHelpText(
      'after',
      examples(
        'eval "$(orchd completion bash)"          # in ~/.bashrc',
        'eval "$(orchd completion zsh)"           # in ~/.zshrc, behind compinit',
        'orchd completion fish | source           # in ~/.config/fish/config.fish',
      ),
    )
    .action(async (shell: Shell) => {
      const { completion } = await import('../commands/completion.ts')
      end(completion(deps, shell))
    })
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .helpOption(false)
    .action(async (words: readonly string[]) => {
      const { complete } = await import('../commands/complete.ts')
      end(await complete(deps, program, words))
    })
}
