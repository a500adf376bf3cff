import { formatDuration } from '../../base/duration.ts'
import { errorCatalogue } from '../../base/errors.ts'
import type { Wanted } from './wanted.ts'

/** One answer, and a word about it. */
export type Candidate = { readonly value: string; readonly about: string }

/** Which of its own files the shell offers: plans, any, folders. */
export type Files = 'plans' | 'files' | 'folders'

export type Offer = { readonly candidates: readonly Candidate[]; readonly files: Files | null }

/** What there is to be named, as far as that can be told at once and without starting anything. */
export type Names = {
  /** The newest first. */
  runs(): Promise<readonly NamedRun[]>
  steps(run: string): Promise<readonly string[]>
  agents(): Promise<readonly string[]>
  codes(): Promise<readonly string[]>
}

export type NamedRun = {
  readonly id: string
  readonly plan: string
  /** As `orchd ps` shows it: `waiting (people)`. */
  readonly status: string
  readonly isFinished: boolean
  readonly submittedAt: number
}

/** What may stand at the cursor. */
export async function candidatesFor(wanted: Wanted, names: Names, now: number): Promise<Offer> {
  switch (wanted.kind) {
    case 'command': {
      const commands = wanted.program.createHelp().visibleCommands(wanted.program)
      return offer(commands.map((command) => ({ value: command.name(), about: command.description() })))
    }
    case 'option':
      return offer(
        wanted.options.map(({ long, short, description }) => ({ value: long ?? short ?? '', about: description })),
      )
    case 'choice':
      return offer(wanted.choices.map((value) => ({ value, about: '' })))
    case 'value':
      return valuesFor(wanted, names, now)
    case 'nothing':
      return offer([])
  }
}

const offer = (candidates: readonly Candidate[], files: Files | null = null): Offer => ({ candidates, files })

type Value = Extract<Wanted, { readonly kind: 'value' }>

async function valuesFor({ name, command, before }: Value, names: Names, now: number): Promise<Offer> {
  const [run] = before
  switch (name) {
    case 'run':
      return offer((await names.runs()).filter((one) => fits(one, command)).map((one) => asCandidate(one, now)))
    case 'code-or-run':
      return offer([
        ...(await names.runs()).map((one) => asCandidate(one, now)),
        ...[...Object.keys(errorCatalogue), ...(await names.codes())].map((value) => ({ value, about: 'code' })),
      ])
    case 'step':
      return offer(run === undefined ? [] : plain(await names.steps(run)))
    case 'step=what': {
      const steps = run === undefined ? [] : await names.steps(run)
      return offer(plain(steps.flatMap((step) => ['rerun', 'skip', 'fail'].map((what) => `${step}=${what}`))))
    }
    case 'agent':
      return offer(plain(await names.agents()))
    case 'what':
      return offer(plain(['agents']))
    case 'file':
      return offer([], 'plans')
    case 'name=file':
      return offer([], 'files')
    case 'dir':
      return offer([], 'folders')
    default:
      return offer([])
  }
}

const plain = (values: readonly string[]): readonly Candidate[] => values.map((value) => ({ value, about: '' }))

/** The runs with which a command can do something. */
function fits({ status, isFinished }: NamedRun, command: string): boolean {
  if (command === 'approve' || command === 'reject') return status === 'waiting (people)'
  return (command !== 'cancel' && command !== 'resume') || !isFinished
}

const asCandidate = ({ id, plan, status, submittedAt }: NamedRun, now: number): Candidate => ({
  value: id,
  about: `${plan}, ${status}, ${formatDuration(Math.max(0, now - submittedAt))} ago`,
})
