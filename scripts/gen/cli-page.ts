import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import type { CliDeps } from '../../src/surfaces/cli/deps.ts'
import { createProgram } from '../../src/surfaces/cli/program.ts'

const page = 'docs/cli.md'
const begin = '<!-- begin: from orchd --help, by npm run gen -->\n'
const end = '<!-- end -->\n'

/** The page as it is, with the help of all commands, as they give it, in its place. */
export function cliPage(): string {
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${page} has lost the marks of its generated part`)
  return `${before}${begin}\n${helpOfAll()}\n${end}${after}`
}

function helpOfAll(): string {
  const program = createProgram(nothing, () => {})
  const commands = visible(program).map((command) => `### ${command.name()}\n\n${block(helpOf(command))}`)
  return [block(program.helpInformation()), ...commands].join('\n')
}

const visible = (program: Command): readonly Command[] =>
  program.commands.filter((command) => !command.name().startsWith('__'))

/** With the examples, which `helpInformation` leaves out. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp()
  return text
}

const block = (help: string): string => `\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`

const unused = (): never => {
  throw new Error('help needs nothing of the rest of orchd')
}

/** Enough to ask for help, as wide as a page. */
const nothing: CliDeps = {
  version: '',
  env: {},
  cwd: '.',
  packageFolder: '.',
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  connect: unused,
  validateFile: unused,
  checkRequest: unused,
  daemon: unused,
  readable: unused,
  readySession: unused,
  agents: unused,
  doctor: unused,
  names: unused,
  diagnosticCatalogue: unused,
  renderDiagnostic: unused,
}
