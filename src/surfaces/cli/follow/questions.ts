import type { Input } from '../deps.ts'
import type { RunView } from '../view/run-view.ts'
import { type Answer, nextPrompt, type Prompt, promptFor, typed } from './gate-prompt.ts'
import { readKeys } from './keys.ts'

export type Questions = {
  readonly prompt: () => Prompt | null
  /** The run changed: a question may have come or gone. */
  update(): void
  close(): void
}

export type QuestionHooks = {
  answer(answer: Answer): Promise<void>
  /** The picture of the question changed. */
  changed(): void
  interrupt(): void
}

/** Asks, at the terminal, what only a person can answer, one open question at a time. */
export function askAtTerminal(stdin: Input, view: RunView, hooks: QuestionHooks): Questions {
  let prompt: Prompt | null = null
  const keys = readKeys(
    stdin,
    (text) => {
      if (prompt === null) return
      if (text === '\t' && prompt.choice === null) prompt = nextPrompt(view, prompt)
      else {
        const result = typed(prompt, text)
        prompt = result.prompt
        if (result.answer !== null) void hooks.answer(result.answer)
      }
      hooks.changed()
    },
    () => hooks.interrupt(),
  )
  return {
    prompt: () => prompt,
    update() {
      prompt = promptFor(view, prompt)
      keys.listen(prompt !== null)
    },
    close() {
      prompt = null
      keys.listen(false)
    },
  }
}
