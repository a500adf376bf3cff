import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../../base/duration.ts'
import { costGroups, type CostGroup } from '../../ports/costs.ts'
import type { Simulate } from '../../run/event.ts'

type Texts = { readonly [name: string]: string }
type Decision = 'rerun' | 'skip' | 'fail'

/** `--input k=v`, again and again. The value may hold more `=`. */
export const inputOption = (value: string, before: Texts): Texts => named(value, before, 'name=value')

/** `--input-file k=FILE`, again and again. */
export const inputFileOption = (value: string, before: Texts): Texts => named(value, before, 'name=file')

function named(value: string, before: Texts, form: string): Texts {
  const at = value.indexOf('=')
  if (at < 1 || (form === 'name=file' && at === value.length - 1)) {
    throw new InvalidArgumentError(`It is written ${form}.`)
  }
  const name = value.slice(0, at)
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`)
  return Object.fromEntries([...Object.entries(before), [name, value.slice(at + 1)]])
}

/** `--decide STEP=rerun|skip|fail`, again and again. */
export function decideOption(
  value: string,
  before: { readonly [step: string]: Decision },
): { readonly [step: string]: Decision } {
  const at = value.lastIndexOf('=')
  const decision = value.slice(at + 1)
  if (at < 1 || !isDecision(decision))
    throw new InvalidArgumentError('It is written STEP=rerun, STEP=skip or STEP=fail.')
  return { ...before, [value.slice(0, at)]: decision }
}

/** `--priority N`. */
export function priorityOption(value: string): number {
  const priority = Number(value)
  if (!/^-?\d{1,3}$/u.test(value) || Math.abs(priority) > 100) {
    throw new InvalidArgumentError('It is a whole number from -100 to 100.')
  }
  return priority
}

/** `--budget 5`, also written `+5`: how much more. */
export function amountOption(value: string): number {
  const amount = Number(value)
  if (!/^\+?\d{1,12}(\.\d{1,9})?$/u.test(value) || amount <= 0)
    throw new InvalidArgumentError('It is a number above 0.')
  return amount
}

/** `--by agent`. */
export function groupOption(value: string): CostGroup {
  const group = costGroups.find((one) => one === value)
  if (group === undefined) throw new InvalidArgumentError(`It is one of ${costGroups.join(', ')}.`)
  return group
}

/** `--older-than 30d`, in milliseconds. */
export function durationOption(value: string): number {
  const ms = parseDuration(value)
  if (ms === null) throw new InvalidArgumentError('It is a span of time such as 30d, 12h or 90m.')
  return ms
}

/** `--keep N`. */
export function keepOption(value: string): number {
  if (!/^\d{1,6}$/u.test(value)) throw new InvalidArgumentError('It is a whole number from 0 on.')
  return Number(value)
}

/** `--attempt N`. */
export function attemptOption(value: string): number {
  if (!/^[1-9]\d{0,5}$/u.test(value)) throw new InvalidArgumentError('Attempts are counted from 1.')
  return Number(value)
}

/** `--simulate` or `--simulate=agents`. */
export function simulateOption(value: string): Simulate {
  if (value === 'all' || value === 'agents') return value
  throw new InvalidArgumentError('It is --simulate (everything) or --simulate=agents (shell steps stay real).')
}

/**
 * Commander would take the word behind an option with an optional value for the value, so that
 * `run --simulate plan.yaml` had no file left. The bare option is spelled out instead.
 */
export function spellOut(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return argv.map((arg, at) => (arg === '--simulate' && (end < 0 || at < end) ? '--simulate=all' : arg))
}

const isDecision = (word: string): word is Decision => word === 'rerun' || word === 'skip' || word === 'fail'
