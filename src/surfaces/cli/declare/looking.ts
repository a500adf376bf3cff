import { Option } from 'commander'
import type { CostGroup } from '../../../ports/costs.ts'
import type { ReportFormat } from '../../../ports/report.ts'
import { reportFormats } from '../../../report/report-text.ts'
import { attemptOption, groupOption } from '../options.ts'
import { type Declare, examples, type Flags, jsonFlag, stateFlag, stateOf } from './flags.ts'

type LogFlags = Flags & { readonly follow: boolean; readonly attempt?: number }

type CostFlags = Flags & { readonly since?: string; readonly by?: CostGroup }
type ReportFlags = Flags & { readonly format?: ReportFormat; readonly output?: string }

/** Commands that only look: `status ps logs artifacts explain report trace`. */
export const declareLooking: Declare = (program, deps, end) => {
  program
    .command('status')
    .description('show the steps of a run; without RUN, like ps')
    .argument('[run]')
    .option('-a, --all', 'without RUN: finished runs too', false)
    .option(...jsonFlag)
    .option(...stateFlag)
    .action(async (run: string | undefined, flags: Flags & { readonly all: boolean }) => {
      const options = { ...flags, state: stateOf(flags) }
      if (run === undefined) end(await (await import('../commands/ps.ts')).ps(deps, options))
      else end(await (await import('../commands/status.ts')).status(deps, run, options))
    })
  program
    .command('ps')
    .description('list the runs that are not finished')
    .option('-a, --all', 'finished runs too', false)
    .option(...jsonFlag)
    .option(...stateFlag)
    .action(async (flags: Flags & { readonly all: boolean }) => {
      const { ps } = await import('../commands/ps.ts')
      end(await ps(deps, { ...flags, state: stateOf(flags) }))
    })
  program
    .command('logs')
    .description('print the output of a step, or of all steps of a run')
    .argument('<run>')
    .argument('[step]')
    .option('-f, --follow', 'go on with what comes', false)
    .option('--attempt <n>', 'this attempt of the step (default: the last)', attemptOption)
    .option('--json', 'print {run_id, step, text} a line', false)
    .option(...stateFlag)
    .action(async (run: string, step: string | undefined, flags: LogFlags) => {
      const { logs } = await import('../commands/logs.ts')
      end(await logs(deps, run, step ?? null, { ...flags, attempt: flags.attempt ?? null, state: stateOf(flags) }))
    })
  program
    .command('diff')
    .description('show what a step changed, or the run as a whole')
    .argument('<run>')
    .argument('[step]')
    .option(...jsonFlag)
    .option(...stateFlag)
    .action(async (run: string, step: string | undefined, flags: Flags) => {
      const { diff } = await import('../commands/diff.ts')
      end(await diff(deps, run, step ?? null, { json: flags.json, state: stateOf(flags) }))
    })
  program
    .command('apply')
    .description("bring a run's result into the working tree, without a commit")
    .argument('<run>')
    .option(...stateFlag)
    .action(async (run: string, flags: Flags) => {
      const { apply } = await import('../commands/apply.ts')
      end(await apply(deps, run, { state: stateOf(flags) }))
    })
  program
    .command('open')
    .description('open a shell in the workspace of a step, where its agent can be gone on with')
    .argument('<run>')
    .argument('<step>')
    .option('--print', 'print where it is and how its agent goes on, and open nothing', false)
    .option(...stateFlag)
    .action(async (run: string, step: string, flags: Flags & { readonly print: boolean }) => {
      const { open } = await import('../commands/open.ts')
      end(await open(deps, run, step, { print: flags.print, state: stateOf(flags) }))
    })
  program
    .command('artifacts')
    .description('list the files that were kept of a run, or copy them')
    .argument('<run>')
    .argument('[step]')
    .option('--to <dir>', 'copy them there, each below a folder of its step')
    .option(...jsonFlag)
    .option(...stateFlag)
    .action(async (run: string, step: string | undefined, flags: Flags & { readonly to?: string }) => {
      const { artifacts } = await import('../commands/artifacts.ts')
      end(await artifacts(deps, run, step ?? null, { json: flags.json, to: flags.to ?? null, state: stateOf(flags) }))
    })
  program
    .command('explain')
    .description('tell why a step is where it is, or what an error code means')
    .argument('<code-or-run>', 'a code in capitals, or a run')
    .argument('[step]', 'default: every step of the run that is not finished')
    .option(...jsonFlag)
    .option(...stateFlag)
    .action(async (what: string, step: string | undefined, flags: Flags) => {
      const { explain } = await import('../commands/explain.ts')
      end(await explain(deps, what, step ?? null, { json: flags.json, state: stateOf(flags) }))
    })
  program
    .command('cost')
    .description('tell what agents used and what it cost')
    .argument('[run]', 'only this run, step by step')
    .option('--since <span>', 'only what ended in this span of time, such as 7d')
    .option('--by <what>', 'agent, plan, day or step', groupOption)
    .option(...jsonFlag)
    .option(...stateFlag)
    .addHelpText('after', examples('orchd cost --since 7d --by day'))
    .action(async (run: string | undefined, flags: CostFlags) => {
      const { cost } = await import('../commands/cost.ts')
      const { json, since = null, by = null } = flags
      end(await cost(deps, run ?? null, { json, since, by, state: stateOf(flags) }))
    })
  program
    .command('report')
    .description('print the report of a run: steps, changes, costs, decisions, and how to do it again')
    .argument('<run>')
    .addOption(
      new Option('--format <format>', 'how (default: as the name of the file says, else markdown)').choices(
        reportFormats,
      ),
    )
    .option('-o, --output <file>', 'write it there')
    .option(...stateFlag)
    .addHelpText('after', examples('orchd report 01hx --output report.html', 'orchd report 01hx --format json'))
    .action(async (run: string, flags: ReportFlags) => {
      const { report } = await import('../commands/report.ts')
      end(
        await report(deps, run, { format: flags.format ?? null, output: flags.output ?? null, state: stateOf(flags) }),
      )
    })
  program
    .command('trace')
    .description('print the trace id of a run, and the link to it')
    .argument('<run>')
    .option('--export', "send the run's spans, also when they were sent before", false)
    .option(...jsonFlag)
    .option(...stateFlag)
    .action(async (run: string, flags: Flags & { readonly export: boolean }) => {
      const { trace } = await import('../commands/trace.ts')
      end(await trace(deps, run, { ...flags, state: stateOf(flags) }))
    })
}
