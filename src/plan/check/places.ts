import { type Json, isJsonObject } from '../../base/json.ts'
import type { Path } from '../yaml/locate.ts'
import type { Outline, StepOutline } from './outline.ts'

/** What a text of a plan may hold. */
export type TextRule =
  /** Text with expressions in it. */
  | 'template'
  /** One expression, `${{ }}` optional, that is true or false. */
  | 'condition'
  /** One expression that gives a list. */
  | 'list'
  /** A shell script: never changed by expressions. */
  | 'command'
  /** Free text for people: `${{` in it means nothing. */
  | 'free'
  /** Neither evaluated nor free: an expression there would be taken literally. */
  | 'plain'

/** A text of the plan, where it stands, and which step it belongs to (`null`: the plan itself). */
export type TextPlace = {
  readonly path: Path
  /** The same, from the step on that it belongs to. */
  readonly where: Path
  readonly text: string
  readonly rule: TextRule
  readonly step: StepOutline | null
  /** When it is evaluated: before any step, with its step, or after all. */
  readonly moment: 'plan' | 'step' | 'end'
}

/** Every text of a plan that holds an expression, or is one. */
export function textPlaces(outline: Outline): readonly TextPlace[] {
  const places: TextPlace[] = []
  for (const key of Object.keys(outline.root)) {
    const value = outline.root[key]! // one of its keys
    if (key === 'steps' || key === 'finally' || !holdsExpression(value)) continue
    collect(value, [key], (path, text) => {
      const [rule, moment] = rootRule(path)
      if (text.includes('${{')) places.push({ path, where: path, text, rule, step: null, moment })
    })
  }
  for (const step of outline.steps) {
    // Most of 10,000 steps have no expression, and need no path for each of their texts.
    if (!expressionKeys.some((key) => key in step.raw) && !holdsExpression(step.raw)) continue
    collect(step.raw, step.path, (path, text) => {
      const where = path.slice(step.path.length)
      const rule = stepRule(where)
      if (isExpression(rule) || text.includes('${{')) places.push({ path, where, text, rule, step, moment: 'step' })
    })
  }
  return places
}

/** Keys of a step whose text is an expression, with `${{ }}` or without. */
const expressionKeys = ['when', 'if', 'for_each'] as const

function holdsExpression(value: Json): boolean {
  if (typeof value === 'string') return value.includes('${{')
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsExpression)
}

const isExpression = (rule: TextRule): boolean => rule === 'condition' || rule === 'list'

/** What the text at a place may hold. */
export const textRule = (path: Path): TextRule =>
  path[0] === 'steps' || path[0] === 'finally' ? stepRule(path.slice(2)) : rootRule(path)[0]

function rootRule(path: Path): readonly [TextRule, TextPlace['moment']] {
  const [first, second, third] = path
  if (first === 'env') return ['template', 'plan']
  if (first === 'outputs') return ['template', 'end']
  if (first === 'constraints' && second === 'require_pr' && (third === 'title' || third === 'body'))
    return ['template', 'end']
  if ((first === 'constraints' && second === 'require_tests') || (first === 'context' && second === 'setup'))
    return ['command', 'plan']
  if (first === 'description' || (first === 'inputs' && third === 'description')) return ['free', 'plan']
  return ['plain', 'plan']
}

const stepRules: Readonly<Record<string, TextRule>> = {
  env: 'template',
  prompt: 'template',
  with: 'template',
  when: 'condition',
  if: 'condition',
  run: 'command',
  verify: 'command',
  description: 'free',
  output_schema: 'free',
}

function stepRule([first, second]: Path): TextRule {
  if (first === 'approval' && second === 'prompt') return 'template'
  if (first === 'integrate' && second === 'verify') return 'command'
  if (second === undefined && first === 'agent') return 'template'
  if (second === undefined && first === 'for_each') return 'list'
  return stepRules[String(first)] ?? 'plain'
}

function collect(value: Json, path: Path, found: (path: Path, text: string) => void): void {
  if (typeof value === 'string') found(path, value)
  else if (Array.isArray(value)) value.forEach((item, at) => collect(item, [...path, at], found))
  else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) collect(item, [...path, key], found)
}
