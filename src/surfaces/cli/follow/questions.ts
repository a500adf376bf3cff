import type { Input } from '../deps.ts'
import type { RunView } from '../view/run-view.ts'
import { type Answer, nextPrompt, type Prompt, promptFor, typed } from './gate-prompt.ts'
import { type KeyHooks, readKeys } from './keys.ts'

/** What was typed before the question could be read is no answer to it. */
const deafMs = 300

export type Questions = {
  readonly prompt: () => Prompt | null
  /** The run changed: a question may have come or gone. */
  update(): void
  close(): void
}

export type QuestionHooks = Omit<KeyHooks, 'typed'> & {
  answer(answer: Answer): Promise<void>
  /** The picture of the question changed. */
  changed(): void
}

/** Asks, at the terminal, what only a person can answer, one open question at a time. */
export function askAtTerminal(stdin: Input, view: RunView, hooks: QuestionHooks): Questions {
  let prompt: Prompt | null = null
  let askedAt = 0

  const ask = (next: Prompt | null): void => {
    if (next !== null && next.step !== prompt?.step) askedAt = Date.now()
    prompt = next
  }
  const keys = readKeys(stdin, {
    ...hooks,
    typed(text) {
      if (prompt === null || Date.now() - askedAt < deafMs) return
      if (text === '\t' && prompt.choice === null) ask(nextPrompt(view, prompt))
      else {
        const result = typed(prompt, text)
        prompt = result.prompt
        if (result.answer !== null) void hooks.answer(result.answer)
      }
      hooks.changed()
    },
  })
  return {
    prompt: () => prompt,
    update: () => ask(promptFor(view, prompt)),
    close() {
      prompt = null
      keys.close()
    },
  }
}
