import { createInterface, type Interface } from 'node:readline/promises'
import { OrchdError } from '../../../base/errors.ts'
import type { StepDiff } from '../../../ports/client.ts'
import type { RunResponse, StepResponse } from '../../../ports/response.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { page } from '../follow/pager.ts'
import { Session } from '../follow/session.ts'
import { paletteFor } from '../view/palette.ts'
import { reviewLines } from '../view/review-text.ts'
import { answerGate } from './gate.ts'

export type ReviewOptions = {
  /** `null`: it is asked for at the terminal. */
  readonly decision: 'approve' | 'reject' | null
  readonly message: string | null
  readonly tree: string | null
  readonly json: boolean
  readonly state: string | null
}

/**
 * `orchd review RUN [STEP]`: shows a change with what the gate found at its lines, and takes the decision. Whatever is
 * decided holds for exactly the tree that was shown.
 */
export async function review(deps: CliDeps, run: string, step: string | null, options: ReviewOptions): Promise<number> {
  const { json, state, message, decision, tree } = options
  const looked = await look(deps, run, step, state)
  const { shown, diff, runId } = looked
  const bound = tree ?? shown.gate?.tree ?? diff.tree
  const answer = (word: 'approve' | 'reject', comment: string | null): Promise<number> =>
    answerGate(deps, word, runId, shown.id, { message: comment, tree: bound, json, state })
  if (decision !== null) return answer(decision, message)
  if (json) {
    const { id, status, gate, review: found } = shown
    deps.stdout.write(`${JSON.stringify({ run_id: runId, step: id, status, gate, review: found, diff }, null, 2)}\n`)
    return exitCodes.ok
  }
  const text = `${reviewLines(shown, diff, paletteFor(deps.stdout, deps.env)).join('\n')}\n`
  await page(deps, text)
  if (shown.status !== 'gated') return exitCodes.ok
  if (deps.stdin.isTTY !== true || deps.stdout.isTTY !== true) {
    const rest = `${runId} ${shown.id} --tree ${bound}`
    deps.stdout.write(`\nto decide: orchd approve ${rest}\n           orchd reject ${rest} -m "why"\n`)
    return exitCodes.ok
  }
  const said = await ask(deps, () => page(deps, text))
  return said === null ? exitCodes.ok : answer(said.word, said.comment)
}

type Looked = { readonly runId: string; readonly shown: StepResponse; readonly diff: StepDiff }

async function look(deps: CliDeps, run: string, step: string | null, state: string | null): Promise<Looked> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const response = await session.client.run(run)
  const shown = step === null ? theOne(response) : response.steps.find(({ id }) => id === step)
  if (shown === undefined) throw new OrchdError('STEP_NOT_FOUND', `run "${response.run_id}" has no step "${step}"`)
  return { runId: response.run_id, shown, diff: await session.client.diff(response.run_id, shown.id) }
}

/** What a person most likely means: what waits, then what was blocked, then the result. */
function theOne({ run_id: run, steps }: RunResponse): StepResponse {
  const reviewed = steps.filter(({ review: found }) => found !== null)
  const found =
    reviewed.find(({ status }) => status === 'gated') ??
    reviewed.find(({ cause }) => cause === 'gate_blocked') ??
    reviewed.at(-1)
  if (found === undefined) throw new OrchdError('CHANGE_NOT_FOUND', `no step of run "${run}" has a change to review`)
  return found
}

type Said = { readonly word: 'approve' | 'reject'; readonly comment: string | null }

async function ask({ stdin, stdout }: CliDeps, again: () => Promise<void>): Promise<Said | null> {
  for (;;) {
    const answer = await typed(stdin, stdout, async (lines) => {
      const letter = (await lines.question('[a]pprove  [r]eject  [d]iff again  [q]uit: ')).trim().toLowerCase()
      const word =
        letter === 'a' || letter === 'approve' ? 'approve' : letter === 'r' || letter === 'reject' ? 'reject' : null
      if (word === null) return letter === 'd' ? 'again' : letter === 'q' || letter === 'quit' ? 'quit' : 'unclear'
      const comment = (await lines.question(`${word}, with a comment (Enter: none, Ctrl-C: not at all): `)).trim()
      return { word, comment: comment === '' ? null : comment } as const
    })
    if (answer === 'again') await again()
    else if (answer === 'quit') return null
    else if (answer !== 'unclear') return answer
  }
}

/** Asks with a line editor of its own, so that a pager has the keyboard in between. The end of the input quits. */
async function typed<T>(
  stdin: CliDeps['stdin'],
  stdout: CliDeps['stdout'],
  talk: (lines: Interface) => Promise<T>,
): Promise<T | 'quit'> {
  const lines = createInterface({ input: stdin, output: stdout })
  const ended = new Promise<'quit'>(
    (resolve) =>
      void lines
        .once('close', () => resolve('quit'))
        .once('SIGINT', () => {
          stdout.write('\n')
          lines.close()
        }),
  )
  try {
    return await Promise.race([talk(lines), ended])
  } finally {
    lines.close()
  }
}
