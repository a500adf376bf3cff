import type { Palette } from '../view/palette.ts'
import type { RunView, StepView } from '../view/run-view.ts'
import { safeLine } from '../view/safe-text.ts'
import { notProtected } from '../view/summary.ts'

/**
 * What a person can answer while the run is shown: an open gate, or a lost attempt. A letter chooses, a comment may
 * follow, and only Enter sends: a key that was meant for something else decides nothing.
 */
export type Prompt = {
  readonly step: string
  readonly question: 'gate' | 'lost'
  /** Of a gate on a change: the tree that the answer is about. */
  readonly tree: string | null
  /** `null`: nothing is chosen yet. */
  readonly choice: Choice | null
  readonly comment: string
}

export type Choice = 'approve' | 'reject' | 'rerun' | 'skip' | 'fail'
export type Answer = {
  readonly step: string
  readonly choice: Choice
  readonly comment: string | null
  readonly tree: string | null
}

const choices: { readonly [question in Prompt['question']]: { readonly [key: string]: Choice } } = {
  gate: { a: 'approve', r: 'reject' },
  lost: { r: 'rerun', s: 'skip', f: 'fail' },
}
const longestComment = 1000

/** The question to ask now: the one that is being answered as long as it is open, else the first in the plan's order. */
export function promptFor(view: RunView, current: Prompt | null): Prompt | null {
  const open = view.steps.filter(asks)
  const step = open.find(({ id }) => id === current?.step) ?? open[0]
  if (step === undefined) return null
  const { status } = step.shown
  const tree = step.shown.status === 'gated' ? step.shown.tree : null
  // What was begun as an answer to another change is none to this one.
  if (step.id === current?.step && tree === current.tree) return current
  return { step: step.id, question: status === 'held' ? 'lost' : 'gate', tree, choice: null, comment: '' }
}

/** The step after `prompt` that asks too: what Tab goes to. */
export function nextPrompt(view: RunView, prompt: Prompt): Prompt {
  const open = view.steps.filter(asks)
  const next = open[(open.findIndex(({ id }) => id === prompt.step) + 1) % open.length]
  return next === undefined || next.id === prompt.step
    ? prompt
    : (promptFor({ ...view, steps: [next] }, null) ?? prompt)
}

/** Takes typed text in; an answer comes out when Enter was pressed on a choice. */
export function typed(prompt: Prompt, text: string): { readonly prompt: Prompt; readonly answer: Answer | null } {
  let now = prompt
  for (const char of text) {
    if (now.choice === null) now = { ...now, choice: choices[now.question][char.toLowerCase()] ?? null }
    else if (char === '\r' || char === '\n') {
      const comment = now.comment.trim()
      return {
        prompt: { ...now, choice: null, comment: '' },
        answer: { step: now.step, choice: now.choice, comment: comment === '' ? null : comment, tree: now.tree },
      }
    } else if (char === '\u001b') now = { ...now, choice: null, comment: '' }
    else if (char === '\u007f' || char === '\b') now = { ...now, comment: now.comment.replace(/.$/su, '') }
    else if (char === '\u0015') now = { ...now, comment: '' }
    else if (char >= ' ' && now.comment.length < longestComment) now = { ...now, comment: now.comment + char }
  }
  return { prompt: now, answer: null }
}

/** The question and what can be typed, below the tree. */
export function promptLines(view: RunView, prompt: Prompt, paint: Palette): string[] {
  const shown = view.byId.get(prompt.step)?.shown
  const question =
    shown?.status === 'gated'
      ? safeLine(shown.prompt) || 'approve?'
      : 'its attempt was lost with its processes; what becomes of it?'
  const others = view.counts.gated + view.counts.held > 1 ? '  [Tab] next question' : ''
  const keys = Object.entries(choices[prompt.question]).map(([key, choice]) => `[${key}]${choice.slice(1)}`)
  const look = prompt.tree === null ? [] : [paint.faint(`  orchd review ${view.runId} ${prompt.step} shows the change`)]
  return [
    `${paint.asks('?')} ${paint.strong(prompt.step)}: ${question}`,
    ...(prompt.question === 'gate' && !view.gatesProtected ? [`  ${paint.asks('!')} ${notProtected}`] : []),
    ...look,
    prompt.choice === null
      ? `  ${keys.join('  ')}${others}`
      : `  ${paint.strong(prompt.choice)}${prompt.question === 'gate' ? `, comment: ${safeLine(prompt.comment)}▏` : ''}  ${paint.faint('Enter sends, Esc goes back')}`,
  ]
}

const asks = ({ shown }: StepView): boolean => shown.status === 'gated' || shown.status === 'held'
