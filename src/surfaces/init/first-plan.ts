import { formatPlan } from '../../plan/format.ts'
import type { Detected } from './detect.ts'
import type { Command, Found } from './detect/found.ts'
import { yamlText } from './yaml-text.ts'

/** `plans/first.yaml`: the project made ready and tested with its own commands, and a word by the simulated agent. */
export function firstPlan({ found, test }: Detected, schema: string, path: string): string {
  const steps = stepsOf(found, test)
  const tests = steps.filter(({ id }) => id.startsWith('test')).map(({ id }) => id)
  const text = [
    `# yaml-language-server: $schema=${schema}`,
    `# Run it with: orchd run ${path}`,
    'name: first',
    'description: Makes the project ready, tests it, and lets an agent say something about it.',
    '',
    'steps:',
    ...steps.flatMap(stepLines),
    '  # An agent does what its prompt says. The simulated one needs no account, changes nothing, and invents.',
    '  - id: advise',
    '    prompt: Look at this project and its tests, and name the one thing that is most worth improving.',
    `    depends_on: [${tests.join(', ')}]`,
    '    agent: simulated',
    '',
    '# A step that waits for a person has `approval: { prompt: "Go on?" }` in place of `run` or `prompt`.',
    '',
  ].join('\n')
  const formatted = formatPlan(text, path)
  return formatted.ok ? formatted.value : text // its own lines parse, whatever the commands are
}

type Step = {
  readonly id: string
  readonly comment: string
  readonly run: string
  readonly dependsOn: readonly string[]
  readonly timeout: string
}

function stepsOf(found: readonly Found[], test: Command | null): readonly Step[] {
  const isOne = found.length <= 1
  const named = (word: string, id: string): string => (isOne ? word : `${word}-${id}`)
  const setups = found.flatMap(({ id, setup }) =>
    setup === null ? [] : [stepOf(named('setup', id), setup, [], '15m')],
  )
  const own = found.flatMap(({ id, setup, test: command }) =>
    command === null ? [] : [stepOf(named('test', id), command, setup === null ? [] : [named('setup', id)], '30m')],
  )
  if (own.length > 0) return [...setups, ...own]
  const ready = setups.map(({ id }) => id)
  return [...setups, test === null ? placeholder(ready) : stepOf('test', test, ready, '30m')]
}

const stepOf = (id: string, { run, why }: Command, dependsOn: readonly string[], timeout: string): Step => ({
  id,
  comment: `From ${why}.`,
  run,
  dependsOn,
  timeout,
})

const placeholder = (dependsOn: readonly string[]): Step => ({
  id: 'test',
  comment:
    'No file tells how this project is tested: put its command here, and into test_command of the configuration.',
  run: 'echo "there are no tests yet"',
  dependsOn,
  timeout: '30m',
})

const stepLines = ({ id, comment, run, dependsOn, timeout }: Step): readonly string[] => [
  `  # ${comment}`,
  `  - id: ${id}`,
  `    run: ${yamlText(run)}`,
  ...(dependsOn.length > 0 ? [`    depends_on: [${dependsOn.join(', ')}]`] : []),
  `    timeout: ${timeout}`,
  '',
]
