import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts'

/** A subject of the language: its rules, each with a plan that shows it. One file of `cases/`. */
export type Group = {
  /** Name of its file: `dependencies`. */
  readonly name: string
  readonly title: string
  readonly about: string
  readonly cases: readonly Case[]
}

export type Case = {
  /** Unique: `dependencies 3`. */
  readonly name: string
  /** The sentence that the plan shows. */
  readonly rule: string
  readonly plan: string
  /** The project folder is a git repository whose only commit, on `main`, has all files. */
  readonly git: boolean
  /** Other files of the project, by path. */
  readonly files: Texts
  readonly inputs: Texts
  /** Further arguments of `orchd run`. */
  readonly args: readonly string[]
  /** What people do, and what befalls the daemon, in this order. */
  readonly actions: readonly Action[]
  /** The daemon's limit of running steps; such a case has a daemon of its own. */
  readonly slots: number | null
  readonly expect: Expectation
}

type Texts = { readonly [name: string]: string }

/**
 * One step of what happens from outside:
 * `approve`, `reject`: answers the gate once it is open; `cancel`: once that step runs; `retry`: once the run is over;
 * `crash`: the daemon is killed while that step runs, and another one started; `lose`: once the step has
 * printed something, its processes die with the daemon;
 * `decide`: says what becomes of a lost attempt; `allow`: so many tokens more, once that step waits for a budget.
 */
export type Action =
  | { readonly kind: 'approve' | 'reject' | 'cancel' | 'crash' | 'lose'; readonly step: string }
  | { readonly kind: 'retry'; readonly from: string | null; readonly only: boolean }
  | { readonly kind: 'allow'; readonly step: string; readonly tokens: number }
  | { readonly kind: 'decide'; readonly step: string; readonly decision: string }

export type Expectation = {
  /** `CODE line:column`: exactly these diagnostics, and nothing is run. */
  readonly invalid: readonly string[] | null
  /** Likewise of a plan that is valid. */
  readonly warnings: readonly string[] | null
  /** `completed`, `failed/exit_nonzero`, `waiting/people`: the status, and its cause or whom it waits for. */
  readonly run: string
  readonly exit: number
  /** `success`, `failure/exit_nonzero`, `skip/condition`, ... of every step, those of matrices and sub-plans included. */
  readonly steps: Texts
  /** Attempts of a step, where there are others than one for a body that ran and none for all else. */
  readonly starts: { readonly [step: string]: number }
  /** `a < b`: b begins after a has ended; both for the first time. */
  readonly order: readonly string[]
  /** The steps as they start, one after the other. */
  readonly sequence: readonly string[] | null
  /** The most attempts that run at once. */
  readonly atOnce: number | null
  /** Outputs of the run. */
  readonly outputs: JsonObject | null
  /** Outputs of steps. */
  readonly gives: JsonObject
  /** Further fields of steps as `orchd status --json` shows them. */
  readonly fields: JsonObject
  /** Further fields of the run, likewise. */
  readonly response: JsonObject
  /** Events that are among those of the run. */
  readonly events: readonly JsonObject[]
  /** Logs of steps. */
  readonly logs: Texts
  /** Files of the project afterwards; null: there is none. */
  readonly files: { readonly [path: string]: string | null }
  /** Files on branches of the project's repository; a branch that is null is not there. */
  readonly branches: { readonly [branch: string]: { readonly [path: string]: string | null } | null }
}

/** Every group, in the order in which one reads them. */
export function readSuite(): readonly Group[] {
  const folder = join(import.meta.dirname, 'cases')
  const names = globSync('*.yaml', { cwd: folder }).map((file) => basename(file, '.yaml'))
  const missing = names.filter((name) => !readingOrder.includes(name))
  if (missing.length > 0) throw new Error(`groups without a place in the reading order: ${missing.join(', ')}`)
  return readingOrder
    .filter((name) => names.includes(name))
    .map((name) => groupFrom(name, readFileSync(join(folder, `${name}.yaml`), 'utf8')))
}

const readingOrder: readonly string[] = [
  'plans', 'steps', 'dependencies', 'trigger-rules', 'conditions', 'outcomes', 'shell', 'environment', 'inputs',
  'secrets', 'outputs', 'expressions', 'retries', 'time-limits', 'limits', 'budgets', 'gates', 'rewinds', 'matrices', 'for-each',
  'sub-plans', 'sub-plan-limits', 'finally', 'cancelling', 'artifacts', 'git', 'workspaces', 'integration', 'tests', 'reviews', 'retrying-runs', 'crashes', 'agents', 'verifying', 'simulation', 'text',
] // prettier-ignore

function groupFrom(name: string, text: string): Group {
  const where = `cases/${name}.yaml`
  const { title, about, cases, ...rest } = objectIn(parse(text), where)
  none(rest, where)
  const list = Array.isArray(cases) ? cases : []
  return {
    name,
    title: textIn(title, where),
    about: textIn(about, where).trim(),
    cases: list.map((one, at) => caseFrom(`${name} ${at + 1}`, objectIn(one, `${where} ${at + 1}`))),
  }
}

/** A case as it stands in a file of `cases/`; `name` is how it is called. */
export function caseFrom(name: string, raw: JsonObject): Case {
  const { rule, plan, git, files, inputs, args, do: actions, slots, expect, ...rest } = raw
  none(rest, name)
  return {
    name,
    rule: textIn(rule, name),
    plan: textIn(plan, name),
    git: git === true,
    files: textsIn(files, name),
    inputs: textsIn(inputs, name),
    args: listIn(args).map(String),
    actions: listIn(actions).map((action) => actionFrom(objectIn(action, name), name)),
    slots: typeof slots === 'number' ? slots : null,
    expect: expectationFrom(objectIn(expect, name), name),
  }
}

function actionFrom(raw: JsonObject, name: string): Action {
  const [kind, ...others] = Object.keys(raw)
  if (others.length > 0) throw new Error(`${name}: one action has one key, not ${Object.keys(raw).join(', ')}`)
  const value = raw[kind ?? '']
  switch (kind) {
    case 'approve':
    case 'reject':
    case 'cancel':
    case 'crash':
    case 'lose':
      return { kind, step: textIn(value, name) }
    case 'retry': {
      const { from, only, ...rest } = objectIn(value, name)
      none(rest, name)
      return { kind, from: typeof from === 'string' ? from : null, only: only === true }
    }
    case 'allow': {
      const [[step, tokens] = ['', 0]] = Object.entries(objectIn(value, name))
      return { kind, step, tokens: Number(tokens) }
    }
    case 'decide': {
      const [[step, decision] = ['', '']] = Object.entries(textsIn(value, name))
      return { kind, step, decision }
    }
    case undefined:
    default:
      throw new Error(`${name}: there is no action "${kind}"`)
  }
}

const exitOf: { readonly [status: string]: number } = { completed: 0, failed: 1, cancelled: 130, waiting: 6 }

function expectationFrom(raw: JsonObject, name: string): Expectation {
  const {
    invalid, warnings, run, exit, steps, starts, order, sequence, at_once: atOnce, outputs, gives, fields, response,
    events, logs, files, branches, ...rest
  } = raw // prettier-ignore
  none(rest, name)
  const status = typeof run === 'string' ? run : ''
  if (invalid === undefined && warnings === undefined && status === '') throw new Error(`${name} expects nothing`)
  return {
    invalid: invalid === undefined ? null : listIn(invalid).map(String),
    warnings: warnings === undefined ? null : listIn(warnings).map(String),
    run: status,
    exit: typeof exit === 'number' ? exit : invalid === undefined ? (exitOf[status.split('/')[0] ?? ''] ?? 0) : 2,
    steps: textsIn(steps, name),
    starts: objectIn(starts ?? {}, name) as Expectation['starts'],
    order: listIn(order).map(String),
    sequence: sequence === undefined ? null : listIn(sequence).map(String),
    atOnce: typeof atOnce === 'number' ? atOnce : null,
    outputs: outputs === undefined ? null : objectIn(outputs, name),
    gives: objectIn(gives ?? {}, name),
    fields: objectIn(fields ?? {}, name),
    response: objectIn(response ?? {}, name),
    events: listIn(events).map((event) => objectIn(event, name)),
    logs: textsIn(logs, name),
    files: objectIn(files ?? {}, name) as Expectation['files'],
    branches: objectIn(branches ?? {}, name) as Expectation['branches'],
  }
}

const listIn = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

function objectIn(value: unknown, where: string): JsonObject {
  if (isJsonObject(value)) return value
  throw new Error(`${where}: a map was expected, not ${JSON.stringify(value)}`)
}

function textIn(value: Json | undefined, where: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw new Error(`${where}: a text was expected, not ${JSON.stringify(value)}`)
}

const textsIn = (value: Json | undefined, where: string): Texts =>
  Object.fromEntries(
    Object.entries(objectIn(value ?? {}, where)).map(([key, text]) => [
      key,
      typeof text === 'string' ? text : JSON.stringify(text),
    ]),
  )

function none(rest: JsonObject, where: string): void {
  const [key] = Object.keys(rest)
  if (key !== undefined) throw new Error(`${where}: there is no "${key}"`)
}
