import type { Cause } from '../../base/cause.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { causeOf } from '../cli/cause.ts'
import { countAt, eventOf, firstTextAt, numberAt, objectAt, objectsAt, textAt, wordAt } from '../cli/json-line.ts'
import type { AgentEvent, Finished, LineParser, TokenUsage } from '../events.ts'

/**
 * Claude Code's `--output-format stream-json`.
 *
 * What it calls a success may be none: `subtype: success` stands beside `is_error: true` when its service failed, and
 * beside a list of denials when it could not do what it wanted.
 */
export const parseClaude: LineParser = (line) => {
  const event = eventOf(line)
  if (event === null) return [{ type: 'noise', text: line }]
  switch (wordAt(event, 'type')) {
    case 'system':
      return ofSystem(event)
    case 'assistant':
      return objectsAt(objectAt(event, 'message'), 'content').flatMap(ofContent)
    case 'user':
      return objectsAt(objectAt(event, 'message'), 'content').flatMap(ofResult)
    case 'result':
      return [...denials(event), usage(event), finished(event)]
    case 'rate_limit_event':
      return ofLimit(objectAt(event, 'rate_limit_info'))
    default:
      return []
  }
}

/** It tells how much of a subscription is left, too: only a refusal says something of this attempt. */
function ofLimit(limit: JsonObject): readonly AgentEvent[] {
  const seconds = numberAt(limit, 'resetsAt')
  if (wordAt(limit, 'status') !== 'rejected' || seconds === null) return []
  return [{ type: 'retry', message: 'the usage limit is reached', retryAt: seconds * 1000 }]
}

function ofSystem(event: JsonObject): readonly AgentEvent[] {
  switch (wordAt(event, 'subtype')) {
    case 'init':
      return [{ type: 'started', session: textAt(event, 'session_id') }]
    case 'api_retry': {
      const status = numberAt(event, 'error_status')
      const what = [status, textAt(event, 'error')].filter((part) => part !== null).join(' ')
      return [{ type: 'retry', message: `the service answered ${what === '' ? 'nothing' : what}` }]
    }
    case 'permission_denied':
      return [{ type: 'permission', tool: textAt(event, 'tool_name') ?? 'a tool', message: textAt(event, 'message') }]
    default:
      return []
  }
}

function ofContent(part: JsonObject): readonly AgentEvent[] {
  const text = textAt(part, 'text')
  if (part['type'] === 'text') return text === null ? [] : [{ type: 'text', text }]
  const id = textAt(part, 'id')
  if (part['type'] !== 'tool_use' || id === null) return []
  const detail = firstTextAt(objectAt(part, 'input'), [
    'command',
    'file_path',
    'path',
    'pattern',
    'query',
    'url',
    'description',
  ])
  return [{ type: 'tool', id, name: textAt(part, 'name'), status: 'started', detail }]
}

function ofResult(part: JsonObject): readonly AgentEvent[] {
  const id = textAt(part, 'tool_use_id')
  if (part['type'] !== 'tool_result' || id === null) return []
  if (part['is_error'] !== true) return [{ type: 'tool', id, name: null, status: 'succeeded', detail: null }]
  return [{ type: 'tool', id, name: null, status: 'failed', detail: firstTextAt(part, ['content']) }]
}

const denials = (event: JsonObject): readonly AgentEvent[] =>
  objectsAt(event, 'permission_denials').map((denial) => ({
    type: 'permission',
    tool: textAt(denial, 'tool_name') ?? 'a tool',
    message: null,
  }))

/**
 * `total_cost_usd` and `modelUsage` are sums over the whole session, and over all models that were asked; `usage` is of
 * this process, and lacks the last turn when the money ran out (2.1.330).
 */
function usage(event: JsonObject): AgentEvent {
  const models = Object.values(objectAt(event, 'modelUsage')).filter((model) => isJsonObject(model))
  return {
    type: 'usage',
    usage: models.length === 0 ? ofProcess(objectAt(event, 'usage')) : ofModels(models),
    costUsd: numberAt(event, 'total_cost_usd'),
  }
}

function ofModels(models: readonly JsonObject[]): TokenUsage {
  const sum = (name: string): number => models.reduce((all, model) => all + countAt(model, name), 0)
  return {
    inputUncached: sum('inputTokens'),
    cacheRead: sum('cacheReadInputTokens'),
    cacheWrite: sum('cacheCreationInputTokens'),
    output: sum('outputTokens'),
    reasoning: sum('thinkingTokens'),
  }
}

const ofProcess = (counts: JsonObject): TokenUsage => ({
  inputUncached: countAt(counts, 'input_tokens'),
  cacheRead: countAt(counts, 'cache_read_input_tokens'),
  cacheWrite: countAt(counts, 'cache_creation_input_tokens'),
  output: countAt(counts, 'output_tokens'),
  reasoning: countAt(objectAt(counts, 'output_tokens_details'), 'thinking_tokens'),
})

function finished(event: JsonObject): Finished {
  const errors = Array.isArray(event['errors']) ? event['errors'].filter((item) => typeof item === 'string') : []
  const text = textAt(event, 'result') ?? (errors.length === 0 ? null : errors.join('; '))
  const answer = event['structured_output'] ?? null
  if (event['is_error'] !== true && event['subtype'] === 'success')
    return { type: 'finished', outcome: 'success', cause: null, text, answer }
  const interrupted = wordAt(event, 'terminal_reason').startsWith('aborted')
  return {
    type: 'finished',
    outcome: interrupted ? 'interrupted' : 'failure',
    cause: interrupted ? null : failure(event, text ?? ''),
    text: text ?? said[wordAt(event, 'subtype')] ?? null,
    answer: null,
  }
}

const said: { readonly [subtype: string]: string } = {
  error_max_turns: 'it reached the most turns that it may take',
  error_max_budget_usd: 'it reached the most money that it may spend',
  error_max_structured_output_retries: 'it did not give an answer in the form that output_schema asks for',
}

function failure(event: JsonObject, text: string): Cause {
  switch (wordAt(event, 'subtype')) {
    case 'error_max_turns':
      return 'agent_error'
    case 'error_max_budget_usd':
      return 'budget'
    case 'error_max_structured_output_retries':
      return 'output_invalid'
    default: {
      const status = numberAt(event, 'api_error_status')
      const cause = causeOf(status, text)
      // Nobody answered, for example because the connection was refused.
      const unanswered = status === null && event['terminal_reason'] === 'api_error'
      return unanswered && cause === 'agent_error' ? 'transient' : cause
    }
  }
}
