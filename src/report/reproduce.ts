import { isSealed } from '../base/sealed.ts'
import { shellWord } from '../base/shell-word.ts'
import type { Reproduction } from '../ports/report.ts'
import type { RunState } from '../run/state.ts'

/** Longer values, and those of several lines, are better kept in a file. */
const longestValue = 200

/** The command that runs the plan again with the same inputs; secret ones are to be put into a file. */
export function reproductionOf(run: RunState): Reproduction {
  const { file, sha256 } = run.source
  return { command: commandOf(run, file), plan_file: file, plan_sha256: sha256 }
}

function commandOf(run: RunState, file: string): string {
  const words = ['orchd', run.source.isRequest === true ? 'request' : 'run', file]
  for (const [name, value] of Object.entries(run.inputs)) {
    const spec = run.plan.inputs[name]
    if (spec !== undefined && JSON.stringify(spec.default) === JSON.stringify(value)) continue
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (isSealed(value) || text.length > longestValue || /\p{Cc}/u.test(text))
      words.push('--input-file', `${name}=${name}.txt`)
    else words.push('--input', `${name}=${text}`)
  }
  if (run.simulate !== 'none') words.push(run.simulate === 'all' ? '--simulate' : '--simulate=agents')
  return words.map(shellWord).join(' ')
}
