/** A plan with seven different mistakes: validate tells all seven at once, each at its place, and exits 2. */
import { check, Project } from './support/orchd.ts'

const lines = [
  'name: seven',
  'stepz: []', //                                        1  unknown key
  'steps:',
  '  - id: build',
  '    run: make',
  '    timeout: soon', //                                2  not a duration
  '  - id: test',
  '    depends_on: [biuld]', //                          3  unknown step, did you mean
  '    run: make test',
  '  - id: build', //                                    4  duplicate id
  '    run: make again',
  '  - id: both', //                                     5  two bodies
  '    run: make',
  '    prompt: make it',
  '  - id: loop-a', //                                   6  a cycle
  '    depends_on: [loop-b]',
  '    run: "true"',
  '  - id: loop-b',
  '    depends_on: [loop-a]',
  '    run: "true"',
  '  - id: shell',
  '    run: echo ${{ inputs.name }}', //                 7  an expression inside run
]

await using project = new Project()
project.write('seven.yaml', `${lines.join('\n')}\n`)

const human = await project.orchd('validate', 'seven.yaml')
console.log(human.stdout + human.stderr)
const json = await project.orchd('validate', 'seven.yaml', '--json')
const { valid, diagnostics } = JSON.parse(json.stdout)
check('exit 2, with and without --json', human.code === 2 && json.code === 2, [human.code, json.code])
check('seven diagnostics, all errors', valid === false && diagnostics.length === 7, diagnostics)
const at = new Set(diagnostics.map((found: { line: number }) => found.line))
for (const line of [2, 6, 8, 10, 22])
  check(`one is at line ${line}: ${lines[line - 1]?.trim()}`, at.has(line), diagnostics)
check(
  'a typing error is told what was meant',
  diagnostics.some((found: { help?: string }) => found.help?.includes('"build"')),
  diagnostics,
)
check(
  'the cycle is shown as a path',
  diagnostics.some((found: { message: string }) =>
    /loop-a -> loop-b -> loop-a|loop-b -> loop-a -> loop-b/.test(found.message),
  ),
  diagnostics,
)
check(
  'each has a code of its own',
  new Set(diagnostics.map((found: { code: string }) => found.code)).size === 7,
  diagnostics,
)
