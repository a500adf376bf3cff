import { existsSync, readFileSync } from 'node:fs'
import { type Ended, until } from '../../demo/support/orchd.ts'
import type { Diagnostic } from '../../src/base/diagnostic.ts'
import type { RunResponse } from '../../src/ports/response.ts'
import type { Action, Case } from './case.ts'
import { branchesIn, makeRepository } from './repository.ts'
import type { Host } from './host.ts'

/** What a case came to. */
export type Seen = {
  readonly exit: number | null
  /** `CODE line:column` and the message of each. */
  readonly diagnostics: readonly string[]
  /** As `orchd status --json` shows it; null: nothing was run. */
  readonly response: RunResponse | null
  /** Every event of the run, in its order. */
  readonly events: readonly Event[]
  /** Events that no command told, and those that one told twice. */
  readonly mistold: readonly string[]
  readonly logs: { readonly [step: string]: string }
  readonly files: { readonly [path: string]: string | null }
  readonly branches: Case['expect']['branches']
}

/** A line of `--json`: an event, an error, or at the end the response. */
export type Event = {
  readonly type: string
  readonly id?: string
  readonly run_id?: string
  readonly step?: string
  readonly diagnostics?: readonly Diagnostic[]
}

/** A process of `orchd` that was started for a case, and the events that it has printed. */
type Command = { readonly ended: Promise<Ended>; readonly events: Event[] }

/** Plays a case with the built program, in a folder of its own. */
export async function drive(host: Host, one: Case): Promise<Seen> {
  const folder = `cases/${one.name.replace(' ', '-')}`
  host.open(folder, { ...one.files, 'plan.yaml': one.plan })
  if (one.git) makeRepository(host.path(folder))
  const files = (): Seen['files'] =>
    Object.fromEntries(Object.keys(one.expect.files).map((path) => [path, textOf(host.path(folder, path))]))
  const inputs = Object.entries(one.inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`])
  if (one.expect.warnings !== null) {
    const { code, stdout } = await host.orchd(folder, ['validate', 'plan.yaml', '--json']).ended
    return { ...nothing, exit: code, diagnostics: diagnosticsIn(JSON.parse(stdout).diagnostics), files: files() }
  }
  const follower = new Follower(host, folder)
  follower.start(['run', 'plan.yaml', '--json', ...inputs, ...one.args])
  for (const action of one.actions) await follower.act(action)
  const { code, last, stderr } = await follower.end()
  if (last?.type !== 'response') {
    if (last?.diagnostics === undefined) throw new Error(`${one.name}: neither a response nor an error: ${stderr}`)
    return { ...nothing, exit: code, diagnostics: diagnosticsIn(last.diagnostics), files: files() }
  }
  // The type of the line says that it is the whole response.
  const response = last as unknown as RunResponse
  const run = response.run_id
  const logs: Record<string, string> = {}
  for (const step of Object.keys(one.expect.logs))
    logs[step] = (await host.get(`/runs/${run}/steps/${encodeURIComponent(step)}/log`)).text
  const events = eventsIn((await host.get(`/runs/${run}/events?follow=false`)).text)
  return {
    exit: code,
    diagnostics: [],
    response,
    events,
    mistold: follower.mistold(events),
    logs,
    files: files(),
    branches: branchesIn(host.path(folder), one.expect.branches),
  }
}

const nothing = { response: null, events: [], mistold: [], logs: {}, branches: {} } as const satisfies Partial<Seen>

/** The commands of one case, one after the other, and the run that they follow. */
class Follower {
  readonly #host: Host
  readonly #folder: string
  readonly #commands: Command[] = []
  /** How often each gate had been opened when it was answered last. */
  readonly #answered = new Map<string, number>()

  constructor(host: Host, folder: string) {
    this.#host = host
    this.#folder = folder
  }

  start(args: readonly string[]): void {
    const { child, ended } = this.#host.orchd(this.#folder, args)
    const events: Event[] = []
    let rest = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      events.push(...lines.flatMap((line) => (line.startsWith('{"') ? [JSON.parse(line)] : [])))
    })
    this.#commands.push({ ended, events })
  }

  async act(action: Action): Promise<void> {
    switch (action.kind) {
      case 'approve':
      case 'reject':
        await this.#seen(action, (events) => openings(events, action.step) > (this.#answered.get(action.step) ?? 0))
        this.#answered.set(action.step, openings(this.#events(), action.step))
        return this.#order([action.kind, this.#run(), action.step, '-m', `${action.kind} it`])
      case 'cancel':
        await this.#seen(action, (events) => runs(events, action.step))
        return this.#order(['cancel', this.#run()])
      case 'crash':
      case 'lose':
        await this.#seen(action, (events) => runs(events, action.step))
        // What has not begun is simply started by the next daemon: the step says that it has.
        if (action.kind === 'lose')
          await until(`${action.step} prints`, () => this.#host.hasPrinted(action.step), 60_000)
        return void (await this.#host.crash(action.kind === 'lose'))
      case 'allow':
        await this.#seen(action, (events) =>
          events.some(({ type, step }) => type === 'budget_reached' && step === action.step),
        )
        return this.start(['resume', this.#run(), '--json', '--budget-tokens', String(action.tokens)])
      case 'decide':
        await this.#seen(action, (events) =>
          events.some(({ type, step }) => type === 'step_held' && step === action.step),
        )
        return this.start(['resume', this.#run(), '--json', '--decide', `${action.step}=${action.decision}`])
      case 'retry': {
        await this.end()
        const from = action.from === null ? [] : ['--from', action.from]
        this.start(['retry', this.#run(), '--json', ...from, ...(action.only ? ['--only'] : [])])
        const { events = [] } = this.#commands.at(-1) ?? {}
        return this.#seen(action, () => events.some(({ type }) => type === 'retry_requested'))
      }
    }
  }

  /** The end of the newest command, and the last line that it printed. */
  async end(): Promise<{ readonly code: number | null; readonly last: Event | undefined; readonly stderr: string }> {
    const all = await Promise.all(this.#commands.map(({ ended }) => ended))
    const { code, stderr } = all.at(-1) ?? { code: null, stderr: '' }
    return { code, last: this.#commands.at(-1)?.events.at(-1), stderr }
  }

  mistold(events: readonly Event[]): readonly string[] {
    const told = new Set(this.#events().map(({ id }) => id))
    const twice = this.#commands.flatMap((command) => {
      const ids = command.events.map(({ id }) => id).filter((id) => id !== undefined)
      return ids.filter((id, at) => ids.indexOf(id) !== at)
    })
    const untold = events.filter(({ id }) => !told.has(id)).map(({ id, type }) => `${type} ${id} was not told`)
    return [...untold, ...twice.map((id) => `${id} was told twice`)]
  }

  #run(): string {
    return this.#commands[0]?.events[0]?.run_id ?? ''
  }

  async #order(args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#host.orchd(this.#folder, args).ended
    if (code !== 0) throw new Error(`orchd ${args.join(' ')}: exit ${code}: ${stderr}`)
  }

  async #seen(action: Action, condition: (events: readonly Event[]) => boolean): Promise<void> {
    await until(`the moment has come: ${JSON.stringify(action)}`, () => condition(this.#events()), 60_000)
  }

  #events(): readonly Event[] {
    return this.#commands.flatMap(({ events }) => events)
  }
}

const openings = (events: readonly Event[], gate: string): number =>
  events.filter(({ type, step }) => asking.has(type) && step === gate).length

const asking: ReadonlySet<string> = new Set(['gate_opened', 'review_needed', 'conflict_found'])

/** Whether the newest attempt of a step runs. */
const runs = (events: readonly Event[], step: string): boolean =>
  events.findLast((event) => event.step === step && event.type.startsWith('attempt_'))?.type === 'attempt_started'

const diagnosticsIn = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ code, line, column, message }) => `${code} ${line}:${column} ${message}`)

function eventsIn(stream: string): readonly Event[] {
  return stream.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []))
}

const textOf = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null)
