import { createContext, runInContext } from 'node:vm'
import type { Ajv2020 as Ajv, ErrorObject } from 'ajv/dist/2020.js'
import type { JsonObject } from '../base/json.ts'

/** How long a schema may take; those of people take a few milliseconds. */
const patienceMs = 1000

const options = { strict: false, logger: false, validateSchema: true, allErrors: false } as const

/** What is a schema at all: made once, as it takes longer than all else, and is no part of the time that a step has. */
let rules: Ajv | null = null

function rulesOfSchemas(ajv: Ajv): Ajv {
  void ajv.validateSchema({})
  return ajv
}

/**
 * What is wrong with the outputs, against a step's `output_schema`; `null`: nothing.
 *
 * Schemas are the user's: one with a pattern that backtracks, or that compares a long list with itself, would hold up
 * the whole holder. So both the compiling and the checking run under a time limit, which also interrupts regular
 * expressions.
 */
export async function checkOutputs(schema: JsonObject, outputs: JsonObject): Promise<string | null> {
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const known = (rules ??= rulesOfSchemas(new Ajv2020(options)))
  const check = (): string | null => {
    const wanted = closed(schema)
    void known.validateSchema(wanted, true)
    const validate = new Ajv2020({ ...options, validateSchema: false }).compile(wanted)
    return validate(outputs) ? null : describe(validate.errors?.[0])
  }
  try {
    const context = createContext({ check })
    return runInContext('check()', context, { timeout: patienceMs })
  } catch (error) {
    if (isTimeout(error)) return `they could not be checked against output_schema within ${patienceMs} ms`
    return `output_schema cannot be used: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Outputs that a schema does not name are mistakes, unless it says that there may be others, or names none at all. */
function closed(schema: JsonObject): JsonObject {
  const open = ['additionalProperties', 'unevaluatedProperties'].some((word) => word in schema)
  const names = ['properties', 'patternProperties', '$ref', 'allOf', 'anyOf', 'oneOf'].some((word) => word in schema)
  return open || !names ? schema : { ...schema, unevaluatedProperties: false }
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'they do not match output_schema'
  const path = error.instancePath.replaceAll(/\/([^/]+)/g, '.$1').slice(1)
  const extra: unknown = error.params['unevaluatedProperty'] ?? error.params['additionalProperty']
  const what = typeof extra === 'string' ? `"${extra}" is not among the outputs of output_schema` : error.message
  return path === '' ? (what ?? error.keyword) : `"${path}" ${what ?? error.keyword}`
}

/** The error comes from the other context, so it is no instance of this one's `Error`. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
