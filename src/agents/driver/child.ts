import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { LineSplitter } from '../cli/lines.ts'
import { besideLine, lateLine } from './line.ts'
import { within } from './within.ts'

/** The agent or server that a driver speaks with, over its standard input and output. */
export type Child = {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Its end in words: `ended with exit code 1: its last words`. Never rejects. */
  readonly ended: Promise<string>
  /** From now on what it says on standard error is kept in the log, but tells nobody why it ended: it is about to. */
  hush(): void
  /** Ends it: by the end of its input, then TERM, then KILL, to its whole group. Takes 4 seconds at most. */
  end(): Promise<void>
}

const patienceMs = { input: 2000, term: 1500, kill: 500 }

/**
 * Starts it in a session of its own, so that what asks the driver to end does not reach it before the driver has asked it
 * by its protocol. What it says on standard error goes to the driver's own, and so into the log.
 */
export function startChild([program = '', ...args]: readonly string[]): Child {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const { promise: over, resolve: isOver } = Promise.withResolvers<string>()
  const said = new Words(child.stderr)
  const because = (text: string): string => [text, said.last].filter((part) => part !== null).join(': ')
  child.once('error', (error) => isOver(`could not be started: ${error.message}`))
  child.once('exit', (code, signal) => {
    // What it said last is on its way.
    const told = (): void =>
      isOver(because(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`))
    child.stderr.once('close', told)
    setTimeout(told, 200)
  })
  // One that does not read, or has ended, is known by its end.
  child.stdin.on('error', () => {})
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended: over,
    hush: () => said.hush(),
    async end() {
      said.hush()
      child.stdin.end()
      if ((await within(patienceMs.input, over)) !== null) return signalGroup(child.pid, 'SIGKILL')
      signalGroup(child.pid, 'SIGTERM')
      await within(patienceMs.term, over)
      signalGroup(child.pid, 'SIGKILL')
      await within(patienceMs.kill, over)
    },
  }
}

/** What it says on standard error, line by line. */
class Words {
  #isHushed = false
  /** `null`: nothing was said. */
  last: string | null = null

  constructor(stderr: Readable) {
    const lines = new LineSplitter()
    stderr.on('data', (chunk: Buffer) => this.#take(lines.push(chunk)))
    stderr.on('end', () => this.#take(lines.end()))
  }

  hush(): void {
    this.#isHushed = true
  }

  #take(lines: readonly string[]): void {
    for (const line of lines) process.stderr.write(`${this.#isHushed ? lateLine(line) : besideLine(line)}\n`)
    if (!this.#isHushed) this.last = lines.at(-1) ?? this.last
  }
}

/** Its group: also what it left behind. */
function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name)
  } catch {
    // nothing of it is left
  }
}
