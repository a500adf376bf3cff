import { type Json, type JsonObject, isJsonObject } from '../../base/json.ts'
import type { Path } from '../yaml/locate.ts'

/**
 * A plan that may still be wrong, as far as it can be told what its parts are: every check works on what is there, so
 * that one mistake does not hide another.
 */
export type Outline = {
  readonly root: JsonObject
  readonly inputs: JsonObject
  readonly secrets: readonly string[]
  /** Those of `steps`, then those of `finally`. */
  readonly steps: readonly StepOutline[]
}

export type StepOutline = {
  readonly path: Path
  readonly raw: JsonObject
  readonly id: string | null
  readonly phase: 'steps' | 'finally'
  /** Its index in the outline's steps. */
  readonly number: number
  /** As it is written; each should be the id of a step. */
  readonly dependsOn: readonly Json[]
  /** The bodies that it has; one, in a valid plan. */
  readonly bodies: readonly Body[]
}

export const bodies = ['run', 'prompt', 'prompt_file', 'approval', 'integrate', 'plan'] as const
export type Body = (typeof bodies)[number]

export function outlineOf(value: Json): Outline {
  const root = objectAt(value)
  const steps: StepOutline[] = []
  for (const phase of ['steps', 'finally'] as const) {
    listAt(root[phase]).forEach((raw, index) => {
      if (isJsonObject(raw)) steps.push(stepAt(raw, phase, index, steps.length))
    })
  }
  return {
    root,
    inputs: objectAt(root['inputs']),
    secrets: listAt(root['secrets']).filter((name) => typeof name === 'string'),
    steps,
  }
}

/** What `names` of a plan's step is called: `step "build"`, `step 3`. */
export const stepName = ({ id, path }: StepOutline): string =>
  id === null ? `step ${Number(path[1]) + 1}` : `step "${id}"`

function stepAt(raw: JsonObject, phase: 'steps' | 'finally', index: number, number: number): StepOutline {
  const single = raw[dependencyKey(raw)]
  // A text where a list should be is told by the schema; here it counts as the list that was meant.
  const dependsOn = typeof single === 'string' ? [single] : listAt(single)
  const id = typeof raw['id'] === 'string' ? raw['id'] : null
  return { path: [phase, index], raw, id, phase, number, dependsOn, bodies: bodies.filter((body) => body in raw) }
}

const dependencyKey = (raw: JsonObject): string => ('depends_on' in raw ? 'depends_on' : 'needs')

/** Where the dependency with that index stands. */
export function dependencyPath({ path, raw }: StepOutline, at: number): Path {
  const key = dependencyKey(raw)
  return typeof raw[key] === 'string' ? [...path, key] : [...path, key, at]
}

export const objectAt = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})
export const listAt = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])
export const textAt = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)
