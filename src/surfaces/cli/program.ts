import { Command, CommanderError } from 'commander'
import { tolerateBrokenPipes } from './broken-pipe.ts'
import { declareChecking } from './declare/checking.ts'
import { declareDeciding } from './declare/deciding.ts'
import type { Declare } from './declare/flags.ts'
import { declareLooking } from './declare/looking.ts'
import { declareRunning } from './declare/running.ts'
import type { CliDeps } from './deps.ts'
import { exitCodes } from './exit-code.ts'
import { spellOut } from './options.ts'
import { reportError } from './report-error.ts'

/**
 * Runs one command line (without `node` and the script) and gives the exit code. Never throws for what the world or the
 * person did: that is printed, with what to do.
 */
export async function runCli(deps: CliDeps, argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.ok
  tolerateBrokenPipes(deps)
  const program = createProgram(deps, (ended) => {
    code = ended
  })
  try {
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync([...spellOut(argv)], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return reportError(deps, error, { json: argv.includes('--json') })
  }
}

/** All commands. The code of each is loaded when it is called: starting up is most of what a short command costs. */
export function createProgram(deps: CliDeps, end: Parameters<Declare>[2]): Command {
  const program = new Command('orchd')
    .description('Runs plans: YAML files that are DAGs of shell commands, coding agents and approvals.')
    .version(deps.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .configureOutput({
      writeOut: (text) => void deps.stdout.write(text),
      writeErr: (text) => void deps.stderr.write(text),
      getOutHelpWidth: () => deps.stdout.columns ?? 100,
      getErrHelpWidth: () => deps.stderr.columns ?? 100,
    })
    .configureHelp({
      // The value is written with `=` only; see `spellOut`.
      optionTerm: ({ flags }) => flags.replace('--simulate <what>', '--simulate[=agents]'),
      optionDescription: ({ description }) => description,
    })
    .showHelpAfterError('(orchd --help lists the commands; orchd COMMAND --help tells more about one)')
    .exitOverride()
    .addHelpText('after', afterHelp)
  for (const [heading, declare] of groups) declare(program.commandsGroup(heading), deps, end)
  return program
}

const groups: readonly (readonly [heading: string, Declare])[] = [
  ['Run plans:', declareRunning],
  ['Look:', declareLooking],
  ['Decide:', declareDeciding],
  ['Check:', declareChecking],
]

const afterHelp = `
RUN is a run id or a unique beginning of one. Standard output is data, standard error is progress.

Exit codes:
  0    done
  1    a step failed, or orchd did
  2    invalid plan or usage
  3    rejected at a gate
  4    over budget
  5    max_duration is over
  6    waits for a person (--no-wait)
  75   the state folder cannot be used now, or a signal asked orchd to stop: orchd resume goes on
  130  cancelled, or left with Ctrl-C`
