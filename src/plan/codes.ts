import { agentCodes } from './codes/agents.ts'
import type { Code } from './codes/code.ts'
import { configCodes } from './codes/config.ts'
import { expressionCodes } from './codes/expressions.ts'
import { graphCodes } from './codes/graph.ts'
import { inboxCodes } from './codes/inbox.ts'
import { reviewCodes } from './codes/review.ts'
import { shapeCodes } from './codes/shape.ts'
import { textCodes } from './codes/text.ts'

/**
 * Every code of a diagnostic. Codes are stable: they are never renamed and never mean something else. A test holds
 * docs/diagnostics.md and this catalogue together, and proves each example.
 */
export const diagnosticCodes = {
  ...textCodes,
  ...shapeCodes,
  ...graphCodes,
  ...agentCodes,
  ...expressionCodes,
  ...reviewCodes,
  ...configCodes,
  ...inboxCodes,
}

export type DiagnosticCode = keyof typeof diagnosticCodes

/** What `orchd explain CODE` prints, by code. */
export const codeExplanations = (): { readonly [code: string]: string } =>
  Object.fromEntries(Object.entries(diagnosticCodes).map(([code, entry]) => [code, explanationOf(entry)]))

function explanationOf({ title, explanation, example }: Code): string {
  const parts = [`${title}\n`, wrapped(explanation)]
  if (example !== null) parts.push('\nWrong:\n', shown(example.wrong), '\nRight:\n', shown(example.right))
  return parts.join('\n')
}

function shown({ plan, inputs, files = {} }: NonNullable<Code['example']>['wrong']): string {
  const command =
    inputs === undefined
      ? ''
      : `$ orchd run plan.yaml${Object.entries(inputs)
          .map(([name, value]) => ` --input ${name}=${value}`)
          .join('')}\n`
  const others = Object.entries(files).map(([path, text]) => `\n# ${path}\n${text}`)
  return `${command}${plan}${others.join('')}`.trimEnd().replaceAll(/^(?=.)/gm, '    ')
}

/** Lines of at most 100 characters, broken at spaces. */
const wrapped = (text: string): string => text.replaceAll(/(.{1,100})(?: |$)/g, '$1\n').trimEnd()
