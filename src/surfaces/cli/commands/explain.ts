import { errorCatalogue, OrchdError } from '../../../base/errors.ts'
import { suggester } from '../../../plan/suggest.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { safeLine } from '../view/safe-text.ts'

export type ExplainOptions = { readonly json: boolean; readonly state: string | null }

/** `orchd explain CODE` and `orchd explain RUN [STEP]`: codes are written in capitals, run ids are not. */
export function explain(deps: CliDeps, what: string, step: string | null, options: ExplainOptions): Promise<number> {
  return step === null && /^[A-Z][A-Z0-9_]*$/u.test(what)
    ? explainCode(deps, what, options)
    : explainRun(deps, what, step, options)
}

async function explainCode(deps: CliDeps, code: string, { json }: ExplainOptions): Promise<number> {
  const catalogue = { ...ourErrors(), ...(await deps.diagnosticCatalogue()) }
  const explanation = catalogue[code]
  if (explanation === undefined) {
    const near = suggester()(code, Object.keys(catalogue))
    const help = near === null ? 'docs/errors.md lists all codes' : `did you mean "${near}"?`
    throw new OrchdError('USAGE', `there is no code "${code}"`, { help })
  }
  const text = explanation.trim()
  deps.stdout.write(json ? `${JSON.stringify({ code, explanation: text })}\n` : `${code}\n\n${text}\n`)
  return exitCodes.ok
}

function ourErrors(): { readonly [code: string]: string } {
  return Object.fromEntries(
    Object.entries(errorCatalogue).map(([code, { exit, help }]) => [
      code,
      `An error of orchd itself or of the machine it runs on (exit code ${exit}).\nWhat to do: ${help}.`,
    ]),
  )
}

async function explainRun(
  deps: CliDeps,
  run: string,
  step: string | null,
  { json, state }: ExplainOptions,
): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const { run_id: id, steps, status } = await session.client.run(run)
  const open = steps.filter((one) => one.status !== 'finished').map((one) => one.id)
  const asked = step === null ? open : [step]
  const explanations: { readonly step: string; readonly explanation: string }[] = []
  for (const one of asked) explanations.push({ step: one, explanation: await session.client.explain(id, one) })
  if (json) {
    deps.stdout.write(`${JSON.stringify(step === null ? explanations : { run_id: id, ...explanations[0] })}\n`)
  } else if (asked.length === 0) deps.stdout.write(`run ${id} is ${status}; orchd status ${id} shows its steps\n`)
  for (const one of json ? [] : explanations) deps.stdout.write(`${one.step} ${safeLine(one.explanation, 4096)}\n`)
  return exitCodes.ok
}
