import { OrchdError } from '../../base/errors.ts'
import type { RunState } from '../../run/state.ts'
import type { HttpDeps } from './deps.ts'

/** The run that a route names, by id or unique prefix. @throws OrchdError RUN_NOT_FOUND, RUN_AMBIGUOUS */
export function runOf({ engine }: Pick<HttpDeps, 'engine'>, name: string): RunState {
  const run = /^[0-9a-z]{1,64}$/.test(name) ? engine.get(engine.resolve(name)) : undefined
  if (run === undefined) throw new OrchdError('RUN_NOT_FOUND', `no run "${name}"`)
  return run
}

export const unknownStep = (run: RunState, step: string): OrchdError =>
  new OrchdError('STEP_NOT_FOUND', `run "${run.id}" has no step "${step}"`)
