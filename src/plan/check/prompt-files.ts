import type { Diagnostic } from '../../base/diagnostic.ts'
import type { Result } from '../../base/result.ts'
import { reporter, sourceText } from '../source-text.ts'
import type { ExpressionContext } from './checked-text.ts'
import { checkText } from './expressions.ts'
import { pathProblem } from './paths.ts'
import type { CheckContext } from './steps.ts'

/** The prompts that stand in files, by path. */
export type PromptFiles = ReadonlyMap<string, string>

/**
 * Reads every `prompt_file` of the plan, once each, and checks the expressions in it as if it stood in the plan.
 * Mistakes within a file are told in that file.
 */
export function readPromptFiles(
  readFile: (path: string) => Result<string, string>,
  expressions: ExpressionContext | null,
  { outline, document, report }: CheckContext,
  diagnostics: Diagnostic[],
): PromptFiles {
  const files = new Map<string, string>()
  for (const step of outline.steps) {
    const path = step.raw['prompt_file']
    if (typeof path !== 'string' || pathProblem(path) !== null) continue
    const read = readFile(path)
    if (!read.ok || read.value.trim() === '') {
      const reason = read.ok ? 'it is empty' : read.error
      report(
        'PROMPT_FILE',
        document.valueSpan([...step.path, 'prompt_file']),
        `the prompt file "${path}" cannot be used: ${reason}`,
        {
          help: 'prompt files are UTF-8 text, relative to the project folder',
        },
      )
      continue
    }
    files.set(path, read.value)
    if (expressions === null) continue
    const text = read.value
    const place = {
      text,
      where: ['prompt_file'],
      rule: 'template',
      step,
      moment: 'step',
      report: reporter(sourceText(path, text), diagnostics),
    } as const
    checkText({ ...place, spanOf: (part) => part }, expressions)
  }
  return files
}
