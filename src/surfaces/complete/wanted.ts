import type { Argument, Command, Option } from 'commander'

/** What stands at the place of the cursor, told from the words before it. */
export type Wanted =
  | { readonly kind: 'command'; readonly program: Command }
  | { readonly kind: 'option'; readonly options: readonly Option[] }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** A value that is named like this in the help: `run`, `step`, `file`, `dir`. */
  | { readonly kind: 'value'; readonly name: string; readonly command: string; readonly before: readonly string[] }
  | { readonly kind: 'nothing' }

export type Line = {
  readonly wanted: Wanted
  /** What is typed of it so far. */
  readonly current: string
  /** What stays in front of every answer: `--simulate=`. */
  readonly prefix: string
  /** `--state`, as far as it is given. */
  readonly state: string | null
}

/**
 * Reads a command line up to the cursor.
 *
 * @param words without the program's name; the last one is being typed, and perhaps empty
 */
export function wantedOf(program: Command, words: readonly string[]): Line {
  const current = words.at(-1) ?? ''
  const [name, ...before] = words.slice(0, -1)
  if (name === undefined) {
    const wanted: Wanted = current.startsWith('-')
      ? { kind: 'option', options: program.createHelp().visibleOptions(program) }
      : { kind: 'command', program }
    return { wanted, current, prefix: '', state: null }
  }
  const command = program.commands.find((one) => one.name() === name)
  const line = { current, prefix: '', state: null }
  if (command === undefined)
    return {
      ...line,
      wanted: name === 'help' && before.length === 0 ? { kind: 'command', program } : { kind: 'nothing' },
    }
  const { positional, open, used, state, onlyPositional } = readWords(command, before)
  if (open !== null) return { ...line, state, wanted: valueOf(open, command, positional) }
  const assignment = onlyPositional ? null : /^(--[\w-]+=)(.*)$/s.exec(current)
  if (assignment !== null) {
    const [, prefix = '', typed = ''] = assignment
    const option = optionOf(command, prefix.slice(0, -1))
    const wanted = option === undefined ? ({ kind: 'nothing' } as const) : valueOf(option, command, positional)
    return { wanted, current: typed, prefix, state }
  }
  const argument = argumentAt(command, positional.length)
  const asksOption = !onlyPositional && (current.startsWith('-') || argument === undefined)
  const left = command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !used.has(option) || isRepeatable(option))
  if (asksOption) return { ...line, state, wanted: { kind: 'option', options: left } }
  return {
    ...line,
    state,
    wanted: argument === undefined ? { kind: 'nothing' } : argumentWanted(argument, command, positional),
  }
}

type Read = {
  readonly positional: readonly string[]
  /** An option that waits for its value. */
  readonly open: Option | null
  readonly used: ReadonlySet<Option>
  readonly state: string | null
  /** Behind `--`. */
  readonly onlyPositional: boolean
}

function readWords(command: Command, words: readonly string[]): Read {
  const positional: string[] = []
  const used = new Set<Option>()
  let open: Option | null = null
  let state: string | null = null
  let onlyPositional = false
  for (const word of words) {
    if (open !== null) {
      if (open.long === '--state') state = word
      open = null
    } else if (onlyPositional || !word.startsWith('-') || word === '-') positional.push(word)
    else if (word === '--') onlyPositional = true
    else {
      const [name = '', value] = word.split(/=(.*)/s)
      const option = optionOf(command, name)
      if (option === undefined) continue
      used.add(option)
      if (value !== undefined && option.long === '--state') state = value
      // `--simulate` takes its value with `=` only.
      if (value === undefined && option.required && option.long !== '--simulate') open = option
    }
  }
  return { positional, open, used, state, onlyPositional }
}

const optionOf = (command: Command, name: string): Option | undefined =>
  command.options.find(({ long, short }) => long === name || short === name)

const isRepeatable = ({ description }: Option): boolean => description.includes('may be given again')

function argumentAt({ registeredArguments: all }: Command, index: number): Argument | undefined {
  const last = all.at(-1)
  return all[index] ?? (last?.variadic === true ? last : undefined)
}

const argumentWanted = (argument: Argument, command: Command, before: readonly string[]): Wanted =>
  argument.argChoices === undefined
    ? { kind: 'value', name: argument.name(), command: command.name(), before }
    : { kind: 'choice', choices: argument.argChoices }

const valueOf = (option: Option, command: Command, before: readonly string[]): Wanted => ({
  kind: 'value',
  name: /<([^>]+)>/.exec(option.flags)?.[1] ?? '',
  command: command.name(),
  before,
})
