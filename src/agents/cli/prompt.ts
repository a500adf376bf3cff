import type { Attempt } from '../../ports/agent.ts'

/** What an agent is told: the prompt of the attempt, or what makes it go on in its session. */
export const promptOf = ({ prompt, session }: Attempt): string => session?.prompt ?? prompt ?? ''
/** The same with the form of the answer in words, for agents that cannot be told otherwise. */
export function promptWithSchema(attempt: Attempt): string {
  const { outputSchema } = attempt.spec
  if (outputSchema === null) return promptOf(attempt)
  const form = JSON.stringify(outputSchema, null, 2)
  return `${promptOf(attempt)}\n\nWhen you have finished, answer with one JSON object and nothing else. It must match this JSON Schema:\n\n${form}\n`
}
