import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { firstTextAt, numberAt, objectAt, objectOf, wordAt } from '../cli/json-line.ts'
import { operationsIn } from './patch/envelope.ts'
import { type Operation, operationOf } from './patch/operation.ts'
import type { Ran } from './tools/run.ts'

/** Something that the model wants done, whatever form the service has for it. */
export type Call = {
  readonly id: string
  readonly wish: Result<Wish, string>
  readonly answer: (done: Done) => JsonObject
}

export type Wish =
  | {
      readonly tool: 'shell'
      readonly commands: readonly string[]
      readonly timeoutMs: number | null
      readonly outputLength: number | null
    }
  | { readonly tool: 'apply_patch'; readonly operations: readonly Operation[] }

export type Done =
  | { readonly tool: 'shell'; readonly ran: readonly Ran[] }
  | { readonly tool: 'apply_patch'; readonly results: readonly Result<string, string>[] }
  /** It was not done. */
  | { readonly tool: null; readonly why: string }

const shellNames = ['shell', 'exec_command', 'local_shell', 'bash', 'run_command']

/** The calls among the items of a response that wait for an answer of ours. */
export function callsIn(output: readonly JsonObject[]): readonly Call[] {
  return output.flatMap((item) => {
    const id = wordAt(item, 'call_id')
    switch (wordAt(item, 'type')) {
      case 'shell_call':
        return [{ id, wish: shellWish(objectAt(item, 'action')), answer: shellAnswer(id, objectAt(item, 'action')) }]
      case 'apply_patch_call': {
        const operation = operationOf(item['operation'])
        const wish = operation.ok ? ok({ tool: 'apply_patch' as const, operations: [operation.value] }) : operation
        return [{ id, wish, answer: patchAnswer(id) }]
      }
      case 'local_shell_call':
        return [
          { id, wish: shellWish(objectAt(item, 'action')), answer: textAnswer('local_shell_call_output', { id }) },
        ]
      case 'function_call':
        return [{ id, wish: functionWish(item), answer: textAnswer('function_call_output', { call_id: id }) }]
      case 'custom_tool_call':
        return [{ id, wish: customWish(item), answer: textAnswer('custom_tool_call_output', { call_id: id }) }]
      default:
        return []
    }
  })
}

function functionWish(item: JsonObject): Result<Wish, string> {
  const name = wordAt(item, 'name')
  const given = objectOf(wordAt(item, 'arguments').trim())
  if (given === null) return err('the arguments are no JSON object')
  if (shellNames.includes(name)) return shellWish(given)
  if (name !== 'apply_patch') return noTool(name)
  const patch = firstTextAt(given, ['input', 'patch'])
  if (patch !== null) return patchWish(patch)
  const operation = operationOf(isJsonObject(given['operation']) ? given['operation'] : given)
  return operation.ok ? ok({ tool: 'apply_patch', operations: [operation.value] }) : operation
}

function customWish(item: JsonObject): Result<Wish, string> {
  const [name, input] = [wordAt(item, 'name'), wordAt(item, 'input')]
  if (name === 'apply_patch') return patchWish(input)
  return shellNames.includes(name) ? shellWish({ command: input }) : noTool(name)
}

const noTool = (name: string): Result<never, string> =>
  err(`there is no tool "${name}": there are shell and apply_patch`)

function patchWish(patch: string): Result<Wish, string> {
  const operations = operationsIn(patch)
  return operations.ok ? ok({ tool: 'apply_patch', operations: operations.value }) : operations
}

function shellWish(given: JsonObject): Result<Wish, string> {
  const commands = commandsIn(given)
  if (commands.length === 0) return err('there is no command')
  const [timeoutMs, outputLength] = [numberAt(given, 'timeout_ms'), numberAt(given, 'max_output_length')]
  return ok({ tool: 'shell', commands, timeoutMs: above0(timeoutMs), outputLength: above0(outputLength) })
}

const above0 = (value: number | null): number | null => (value !== null && value > 0 ? value : null)

/** `commands` is a list of command lines; a `command` in parts is one, each part a word. */
function commandsIn({ commands, command, cmd }: JsonObject): readonly string[] {
  const given = commands ?? command ?? cmd
  if (typeof given === 'string') return given.trim() === '' ? [] : [given]
  if (!Array.isArray(given)) return []
  const words = given.filter((word: Json): word is string => typeof word === 'string')
  if (commands !== undefined) return words
  const isShell = /(?:^|\/)(?:ba|z|da)?sh$/.test(words[0] ?? '') && /^-l?c$/.test(words[1] ?? '') && words.length === 3
  if (isShell) return words.slice(2)
  return words.length === 0 ? [] : [words.map(quoted).join(' ')]
}

const quoted = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

function shellAnswer(id: string, action: JsonObject): Call['answer'] {
  return (done) => {
    const ran = done.tool === 'shell' ? done.ran : [{ stdout: '', stderr: textOf(done), exitCode: 126 }]
    const output = ran.map(({ stdout, stderr, exitCode }) => ({
      stdout,
      stderr,
      outcome: exitCode === null ? { type: 'timeout' } : { type: 'exit', exit_code: exitCode },
    }))
    const length = numberAt(action, 'max_output_length')
    return { type: 'shell_call_output', call_id: id, output, ...(length === null ? {} : { max_output_length: length }) }
  }
}

function patchAnswer(id: string): Call['answer'] {
  return (done) => {
    const isDone = done.tool === 'apply_patch' && done.results.every(({ ok: isOk }) => isOk)
    return {
      type: 'apply_patch_call_output',
      call_id: id,
      status: isDone ? 'completed' : 'failed',
      output: textOf(done),
    }
  }
}

const textAnswer =
  (type: string, id: JsonObject): Call['answer'] =>
  (done) => ({ type, ...id, output: textOf(done) })

function textOf(done: Done): string {
  if (done.tool === null) return done.why
  if (done.tool === 'apply_patch')
    return done.results.map((result) => (result.ok ? result.value : `failed: ${result.error}`)).join('\n')
  return done.ran.map(shown).join('\n')
}

function shown({ stdout, stderr, exitCode }: Ran): string {
  const end = exitCode === null ? 'it took too long, and was ended' : `exit code ${exitCode}`
  return [stdout, ...(stderr === '' ? [] : [`stderr:\n${stderr}`]), end].filter((part) => part !== '').join('\n')
}
