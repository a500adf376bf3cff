/**
 * Attribute names of the OpenTelemetry semantic conventions 1.44 (CI/CD, process) and of its GenAI conventions, which
 * are still in development: copied, as the project advises for names that are not stable.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/cicd/
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export const cicd = {
  pipelineName: 'cicd.pipeline.name',
  pipelineAction: 'cicd.pipeline.action.name',
  pipelineResult: 'cicd.pipeline.result',
  runId: 'cicd.pipeline.run.id',
  taskName: 'cicd.pipeline.task.name',
  taskType: 'cicd.pipeline.task.type',
  taskRunId: 'cicd.pipeline.task.run.id',
  taskRunResult: 'cicd.pipeline.task.run.result',
} as const

export const genAi = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  agentName: 'gen_ai.agent.name',
  conversationId: 'gen_ai.conversation.id',
  requestModel: 'gen_ai.request.model',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
  toolName: 'gen_ai.tool.name',
  toolCallId: 'gen_ai.tool.call.id',
} as const

export const errorType = 'error.type'
export const exitCode = 'process.exit.code'

/** Our own names, for what no convention covers. */
export const own = {
  attempt: 'orchd.step.attempt',
  waitMs: 'orchd.queue.wait_ms',
  queueReason: 'orchd.queue.reason',
  outputBytes: 'orchd.output.bytes',
  outputTruncated: 'orchd.output.truncated',
  costUsd: 'orchd.cost.usd',
  costSource: 'orchd.cost.source',
  reasoningTokens: 'orchd.usage.reasoning_tokens',
  moreToolCalls: 'orchd.tool_calls.more',
  reservedUsd: 'orchd.budget.reserved_usd',
  resumed: 'orchd.session.resumed',
  simulated: 'orchd.simulated',
  sandbox: 'orchd.sandbox',
  gateType: 'orchd.gate.type',
  gateDecision: 'orchd.gate.decision',
  gateDecidedBy: 'orchd.gate.decided_by',
  planSha256: 'orchd.plan.sha256',
  planSteps: 'orchd.plan.steps',
  phase: 'orchd.run.phase',
  stepsSucceeded: 'orchd.run.steps.succeeded',
  stepsFailed: 'orchd.run.steps.failed',
  stepsSkipped: 'orchd.run.steps.skipped',
  linkType: 'orchd.link.type',
} as const
