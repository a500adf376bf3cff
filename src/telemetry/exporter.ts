import { fork, type ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { SpanRecord } from './span.ts'

export type ExporterSettings = {
  /** Where spans are posted (OTLP over HTTP, as JSON), `/v1/traces` included. */
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly serviceVersion: string
  /** `service.instance.id`: the same for all holders of a state folder, or copies of a span would differ. */
  readonly instanceId: string | null
}

/**
 * `rejected`: spans of an accepted portion that the receiver threw away and will not take again (partial success).
 * `refused`: the receiver will not take these spans as they are; sending them again unchanged is of no use.
 */
export type SendResult =
  | { readonly accepted: true; readonly rejected: number }
  | { readonly accepted: false; readonly refused: boolean; readonly reason: string }

/** Sends spans, one portion at a time. Never throws: what goes wrong is a result. */
export type Exporter = {
  send(spans: readonly SpanRecord[]): Promise<SendResult>
  /** Loads what sending needs, so that the first portion does not wait for it. */
  warm(): void
  /** Ends at once; a portion that is under way has failed. */
  close(): Promise<void>
}

/** What goes to the exporting process: the settings once, then portions. */
export type ToProcess = { readonly settings: ExporterSettings } | { readonly spans: readonly SpanRecord[] }

/** Longer than the SDK's own limit of 10 s for a request, and than its start on a busy machine. */
const answerMs = 40_000
/** The process and its 80 MB go after this long without a span; starting it again costs it 0.3 s. */
const idleMs = 30_000

const failed = (reason: string): SendResult => ({ accepted: false, refused: false, reason })
const nobodyWaits = (): void => {}

/**
 * Sends through the OpenTelemetry SDK in a process of its own, which exists only while there are spans to send.
 *
 * Loading the SDK takes a quarter of a second and 40 MB, and encoding a portion takes some milliseconds; the engine's
 * loop should wait for none of it. (A thread would do for the time, but its memory never went back: 100 MB after the
 * first span instead of 50, measured with Node 24.21.) It ends with the holder, however that ends.
 */
export class ProcessExporter implements Exporter {
  readonly #settings: ExporterSettings
  #child: ChildProcess | null = null
  #closed = false
  #idle: NodeJS.Timeout | undefined
  #answer: (result: SendResult) => void = nobodyWaits
  #queue: Promise<unknown> = Promise.resolve()
  #ended: Promise<unknown> = Promise.resolve()

  constructor(settings: ExporterSettings) {
    this.#settings = settings
  }

  send(spans: readonly SpanRecord[]): Promise<SendResult> {
    const result = this.#queue.then(() => this.#send(spans))
    this.#queue = result
    return result
  }

  warm(): void {
    if (this.#closed || this.#child !== null) return
    this.#started()
    this.#endWhenIdle()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#stop('the exporter is closed')
  }

  async #send(spans: readonly SpanRecord[]): Promise<SendResult> {
    if (this.#closed) return failed('the exporter is closed')
    clearTimeout(this.#idle)
    const { promise, resolve } = Promise.withResolvers<SendResult>()
    this.#answer = resolve
    const late = setTimeout(() => void this.#stop('no answer from the exporter'), answerMs)
    this.#tell(this.#started(), { spans })
    const result = await promise
    clearTimeout(late)
    this.#endWhenIdle()
    return result
  }

  #started(): ChildProcess {
    if (this.#child !== null) return this.#child
    const child = fork(programFile, { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'], detached: true })
    this.#child = child
    yieldToSteps(child)
    const ended = (reason: string): void => {
      if (this.#child !== child) return
      this.#child = null
      this.#answer(failed(reason))
    }
    child.on('error', (error) => ended(`the exporter did not start: ${error.message}`))
    child.on('exit', () => ended('the exporter ended'))
    child.on('message', (result: SendResult) => this.#answer(result))
    child.unref() // it holds no process open; a portion that is under way does, by its timer
    child.channel?.unref()
    this.#tell(child, { settings: this.#settings })
    return child
  }

  #tell(child: ChildProcess, message: ToProcess): void {
    child.send(message, (error) => {
      if (error !== null && this.#child === child) this.#answer(failed(error.message))
    })
  }

  async #stop(reason: string): Promise<void> {
    clearTimeout(this.#idle)
    const child = this.#child
    this.#child = null
    this.#answer(failed(reason))
    if (child !== null && isRunning(child)) {
      child.ref()
      this.#ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL') // it keeps nothing that the journal does not have
    }
    await this.#ended
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle)
    if (!this.#closed) this.#idle = setTimeout(() => void this.#stop('idle'), idleMs).unref()
  }
}

/** Steps come first: where they keep all cores busy, spans can wait. */
function yieldToSteps({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended already, or may not be slowed down: both are of no matter here.
  }
}

const isRunning = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null

/** The program beside this file: TypeScript in the source tree, JavaScript in a release. */
const programFile = new URL(
  import.meta.url.endsWith('.ts') ? './export-process.ts' : './export-process.js',
  import.meta.url,
)
