import type { Json, JsonObject } from '../../base/json.ts'
import { isStrict } from '../codex/strict-schema.ts'
import type { OpenAiTask } from './task.ts'

/** What every request of an attempt has. */
export function requestOf(task: OpenAiTask): JsonObject {
  const { model, schema, store, reasoningEffort } = task
  return {
    model,
    instructions: instructionsOf(task),
    tools: toolsOf(task),
    store,
    // What the model thought is needed again where the service does not keep it.
    ...(store ? {} : { include: ['reasoning.encrypted_content'] }),
    ...(reasoningEffort === null ? {} : { reasoning: { effort: reasoningEffort } }),
    ...(schema === null || !isStrict(schema)
      ? {}
      : { text: { format: { type: 'json_schema', name: 'output', schema, strict: true } } }),
  }
}

export const said = (text: string): JsonObject => ({
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text }],
})

function instructionsOf({ folder, may, commandTimeoutMs }: OpenAiTask): string {
  return [
    `You are a coding agent. You work in the folder ${folder}, as one step of a pipeline.`,
    'Nobody watches and nobody can answer: do not ask, decide yourself, and go on until the task is done.',
    may.shell
      ? `Commands of the tool shell begin in that folder, each in a new shell, and take ${commandTimeoutMs / 1000} seconds at most; nothing keeps running after them.`
      : 'You cannot run commands.',
    may.patch
      ? 'Change files with the tool apply_patch; its paths are relative to that folder.'
      : 'You must not change any files.',
    'When you are done, say in a few words what you did.',
  ].join('\n')
}

function toolsOf({ may, tools }: OpenAiTask): readonly Json[] {
  const isNative = tools === 'native'
  return [
    ...(may.shell ? [isNative ? { type: 'shell', environment: { type: 'local' } } : shellFunction] : []),
    ...(may.patch ? [isNative ? { type: 'apply_patch' } : patchFunction] : []),
  ]
}

const shellFunction: JsonObject = {
  type: 'function',
  name: 'shell',
  description: 'Runs a command line, and gives its output and exit code.',
  strict: false,
  parameters: {
    type: 'object',
    required: ['command'],
    additionalProperties: false,
    properties: {
      command: { type: 'string', description: 'For bash.' },
      timeout_ms: { type: 'integer', description: 'The longest that it may take.' },
    },
  },
}

const patchFunction: JsonObject = {
  type: 'function',
  name: 'apply_patch',
  description: `Makes, changes or deletes one file. The diff of create_file has each line of the file behind a "+".
The diff of update_file has hunks without line numbers: "@@" (or "@@ " and a line that stands above the place), then a few lines as they
are behind a blank, lines to remove behind "-", lines to add behind "+". delete_file has no diff.`,
  strict: false,
  parameters: {
    type: 'object',
    required: ['type', 'path'],
    additionalProperties: false,
    properties: {
      type: { enum: ['create_file', 'update_file', 'delete_file'] },
      path: { type: 'string' },
      diff: { type: 'string' },
    },
  },
}
