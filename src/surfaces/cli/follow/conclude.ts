import type { RunResponse } from '../../../ports/response.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodeOf, exitCodes } from '../exit-code.ts'
import { responseLine } from '../view/ndjson.ts'
import { paletteFor } from '../view/palette.ts'
import { safeLines } from '../view/safe-text.ts'
import { stepsInSummary, summaryLines } from '../view/summary.ts'
import type { Stopped } from './interrupts.ts'
import type { Session } from './session.ts'
import { onStop } from './stop.ts'
import type { Watched } from './watch-run.ts'

/** Prints what the run came to and gives the command's exit code. */
export async function conclude(
  deps: CliDeps,
  session: Session,
  { response, stopped }: Watched,
  { json }: { readonly json: boolean },
): Promise<number> {
  const { stdout, stderr, env } = deps
  if (json) stdout.write(responseLine(response))
  else if (stopped === null) {
    const paint = paletteFor(stdout, env)
    const tails = await logTails(session, response, paint.color)
    stdout.write(`${summaryLines(response, tails, paint).join('\n')}\n`)
  }
  if (stopped === null) return exitCodeOf(response)
  if (stopped.reason === 'reader_gone') return exitCodes.ok
  stderr.write(`${wordsFor(stopped, response.run_id)}\n`)
  return stopped.reason === 'SIGINT' ? exitCodes.cancelled : exitCodes.busy
}

function wordsFor({ how }: Stopped, run: string): string {
  return how === 'detached'
    ? `run ${run} goes on without this command\n  orchd status ${run}    shows it\n  orchd cancel ${run}    ends it`
    : `run ${run} is not finished: steps that run go on by themselves for a while, and nothing new is started\n  orchd resume ${run}    goes on with it\n  orchd cancel ${run}    ends it`
}

/** Stays the holder until nothing can go on without a person: other commands may have given runs to this process. */
export async function holdOn({ stdout, stderr }: CliDeps, session: Session): Promise<void> {
  if (!session.holding) return
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  const signals = onStop(stdout, () => leave())
  const hint = setTimeout(() => {
    stderr.write('this process still runs the engine for other runs; Ctrl-C leaves them to the next orchd\n')
  }, 1000)
  try {
    await Promise.race([session.idle(), left])
  } finally {
    clearTimeout(hint)
    signals[Symbol.dispose]()
  }
}

const tailLines = 12
const tailLength = 16_384

/** The end of the logs of the steps that failed. A log that cannot be read is left out: the outcome matters more. */
async function logTails(
  session: Session,
  response: RunResponse,
  color: boolean,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const tails = new Map<string, readonly string[]>()
  for (const { id, attempts } of stepsInSummary(response)) {
    if (attempts === 0) continue
    try {
      let text = ''
      const log = session.client.log(
        response.run_id,
        id,
        { attempt: null, follow: false },
        new AbortController().signal,
      )
      for await (const chunk of log) text = (text + chunk).slice(-tailLength)
      const lines = safeLines(text, color).trimEnd().split('\n').slice(-tailLines)
      if (lines.every((line) => line === '')) continue
      tails.set(id, color ? lines.map((line) => `${line}\u001b[0m`) : lines)
    } catch {
      continue
    }
  }
  return tails
}
