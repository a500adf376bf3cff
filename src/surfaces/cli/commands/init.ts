import { relative, resolve } from 'node:path'
import type { Command, Found } from '../../init/detect/found.ts'
import { init as initialise, type Initialised } from '../../init/init.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { paletteFor } from '../view/palette.ts'
import { safeLine } from '../view/safe-text.ts'
import { padColumns } from '../view/width.ts'

export type InitOptions = { readonly force: boolean; readonly json: boolean }

/** `orchd init [DIR]`: makes a project ready for plans, and says what it found and why. */
export function init(deps: CliDeps, directory: string | null, { force, json }: InitOptions): number {
  const folder = resolve(deps.cwd, directory ?? '.')
  const made = initialise({ folder, packageFolder: deps.packageFolder, force })
  deps.stdout.write(json ? `${JSON.stringify(asJson(folder, made), null, 2)}\n` : asText(deps, folder, made))
  return exitCodes.ok
}

function asJson(folder: string, { detected, files, plan }: Initialised): object {
  return {
    folder,
    detected: detected.found.map(({ kind, setup, test }) => ({ kind, setup, test })),
    test: detected.test,
    files,
    plan,
  }
}

function asText(deps: CliDeps, folder: string, { detected, files, plan }: Initialised): string {
  const paint = paletteFor(deps.stdout, deps.env)
  const cd = relative(deps.cwd, folder)
  const left = files.filter(({ status }) => status === 'left')
  const lines = [
    ...detectedLines(detected.found, detected.test).map(([word, run, why]) =>
      `${padColumns(word, 8)}${padColumns(run, 30)}  ${paint.faint(why)}`.trimEnd(),
    ),
    ...files.map(({ path, status }) => `${paintedStatus(status, paint)}${path}`),
    ...(left.length > 0 ? ['', 'what was there already is left as it was; --force overwrites it'] : []),
    '',
    'next:',
    ...(cd === '' ? [] : [`  cd ${cd}`]),
    `  orchd run ${plan}`,
    '  orchd doctor',
  ]
  return `${lines.join('\n')}\n`
}

function paintedStatus(status: Initialised['files'][number]['status'], paint: ReturnType<typeof paletteFor>): string {
  const word = padColumns({ written: 'wrote', overwritten: 'again', left: 'left' }[status], 8)
  return status === 'left' ? paint.faint(word) : paint.good(word)
}

/** What was found, as words, commands and reasons. */
function detectedLines(found: readonly Found[], test: Command | null): readonly (readonly [string, string, string])[] {
  const kinds = found.map(({ kind }) => kind).join(', ')
  const setups = found.flatMap(({ setup }) => (setup === null ? [] : [lineOf('setup', setup)]))
  return [
    ['found', kinds === '' ? 'no kind of project that is known' : kinds, ''],
    ...setups,
    test === null
      ? ['test', '?', 'no file tells how it is tested: put the command into the plan']
      : lineOf('test', test),
  ]
}

const lineOf = (word: string, { run, why }: Command): readonly [string, string, string] => [word, safeLine(run), why]
