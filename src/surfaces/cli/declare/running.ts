import type { InitOptions } from '../commands/init.ts'
import type { RunOptions } from '../commands/run.ts'
import { OrchdError } from '../../../base/errors.ts'
import type { RetryOptions } from '../commands/retry.ts'
import type { ResumeOptions } from '../commands/resume.ts'
import { amountOption, decideOption, inputFileOption, inputOption, priorityOption, simulateOption } from '../options.ts'
import { type Declare, examples, type Flags, jsonFlag, stateFlag, stateOf, streamFlag } from './flags.ts'

type RunFlags = Flags &
  Pick<RunOptions, 'input' | 'inputFile' | 'detach' | 'wait' | 'simulate'> & { readonly priority?: number }
type RequestFlags = Flags &
  Pick<RunOptions, 'detach' | 'wait' | 'simulate'> & { readonly emitPlan?: string | true; readonly force: boolean }
type RetryFlags = Flags & Pick<RetryOptions, 'only' | 'detach' | 'wait'> & { readonly from?: string }
type ResumeFlags = Flags &
  Pick<ResumeOptions, 'decide' | 'wait'> & { readonly budget?: number; readonly budgetTokens?: number }

const simulateFlag = [
  '--simulate <what>',
  'simulate every step; --simulate=agents keeps shell steps real',
  simulateOption,
  'none',
] as const
const waitFlag = ['--no-wait', 'return when only people can move the run (exit code 6)'] as const

/** Commands that let runs go on: `run resume retry init demo daemon`. */
export const declareRunning: Declare = (program, deps, end) => {
  program
    .command('run')
    .description('run a plan and follow it')
    .argument('<file>', 'plan file, or - for standard input')
    .option('-i, --input <name=value>', "one of the plan's inputs; may be given again", inputOption, {})
    .option(
      '--input-file <name=file>',
      'an input from a file, or from standard input for -; may be given again',
      inputFileOption,
      {},
    )
    .option('-d, --detach', 'run in the background and print the run id', false)
    .option(...waitFlag)
    .option(...simulateFlag)
    .option('--priority <n>', "-100 to 100, instead of the plan's", priorityOption)
    .option(...streamFlag)
    .option(...stateFlag)
    .addHelpText(
      'after',
      examples(
        'orchd run plans/release.yaml --input version=1.2.0',
        'orchd run plans/release.yaml --input-file token=token.txt   # the value is not in the list of processes',
      ),
    )
    .action(async (file: string, flags: RunFlags) => {
      const { run } = await import('../commands/run.ts')
      end(await run(deps, file, { ...flags, priority: flags.priority ?? null, state: stateOf(flags) }))
    })
  program
    .command('request')
    .description('make a plan of a request in JSON, run it and follow it')
    .argument('<file>', 'request file, or - for standard input')
    .option('--emit-plan [file]', 'only show the plan (also with -), or save it in a file that is not there yet')
    .option('--force', 'with --emit-plan FILE: overwrite the file', false)
    .option('-d, --detach', 'run in the background and print the run id', false)
    .option(...waitFlag)
    .option(...simulateFlag)
    .option(...streamFlag)
    .option(...stateFlag)
    .addHelpText(
      'after',
      examples(
        'orchd request request.json --emit-plan   # the plan, why it looks like that, and who would do it',
        'orchd request request.json --emit-plan plans/auth.yaml && orchd run plans/auth.yaml',
      ),
    )
    .action(async (file: string, flags: RequestFlags) => {
      const { request } = await import('../commands/request.ts')
      end(await request(deps, file, { ...flags, emitPlan: flags.emitPlan ?? null, state: stateOf(flags) }))
    })
  program
    .command('resume')
    .description('go on with unfinished runs and follow them')
    .argument('[run]', 'follow only this one')
    .option('--decide <step=what>', 'rerun, skip or fail a step that was lost; may be given again', decideOption, {})
    .option('--budget <usd>', 'the run may cost so many dollars more', amountOption)
    .option('--budget-tokens <n>', 'the run may use so many tokens more', amountOption)
    .option(...waitFlag)
    .option(...streamFlag)
    .option(...stateFlag)
    .addHelpText('after', examples('orchd resume r0abc --budget 5   # 5 dollars more than before'))
    .action(async (run: string | undefined, flags: ResumeFlags) => {
      const { resume } = await import('../commands/resume.ts')
      const more = { usd: flags.budget ?? null, tokens: flags.budgetTokens ?? null }
      end(await resume(deps, run ?? null, { ...flags, more, state: stateOf(flags) }))
    })
  program
    .command('retry')
    .description('have steps run again, also of a run that is over: what failed, or from a step on')
    .argument('<run>')
    .option('--from <step>', 'this step and all that comes behind it, whatever they came to')
    .option('--only', 'with --from: only that step, and nothing behind it', false)
    .option('-d, --detach', 'go on in the background', false)
    .option(...waitFlag)
    .option(...streamFlag)
    .option(...stateFlag)
    .action(async (run: string, flags: RetryFlags) => {
      if (flags.only && flags.from === undefined)
        throw new OrchdError('USAGE', '--only needs to know which step', { help: 'add --from STEP' })
      const { retry } = await import('../commands/retry.ts')
      end(await retry(deps, run, { ...flags, from: flags.from ?? null, state: stateOf(flags) }))
    })
  program
    .command('init')
    .description('put a configuration, a first plan and schemas for editors into a project')
    .argument('[dir]', 'the project (default: the current folder)')
    .option('--force', 'overwrite what is there already', false)
    .option(...jsonFlag)
    .addHelpText('after', examples('orchd init && orchd run plans/first.yaml'))
    .action(async (directory: string | undefined, flags: InitOptions) => {
      const { init } = await import('../commands/init.ts')
      end(init(deps, directory ?? null, flags))
    })
  program
    .command('demo')
    .description('run the example plan in a new temporary folder')
    .option(...streamFlag)
    .action(async (flags: Flags) => {
      const { demo } = await import('../commands/demo.ts')
      end(await demo(deps, flags))
    })
  program
    .command('daemon')
    .description('hold the state folder, run what is submitted and what falls into the inbox')
    .option('--exit-when-idle', 'end when no run can go on without a person', false)
    .option(...stateFlag)
    .addHelpText('after', examples('orchd daemon   # docs/daemon.md: its signals, and a unit for systemd'))
    .action(async (flags: Flags & { readonly exitWhenIdle: boolean }) => {
      end(await deps.daemon({ state: stateOf(flags), exitWhenIdle: flags.exitWhenIdle }))
    })
}
