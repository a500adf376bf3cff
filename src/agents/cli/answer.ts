import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { err, type Result } from '../../base/result.ts'
import { checkOutputs } from '../output-schema.ts'
import { withinLimits } from '../outputs.ts'
import type { Seen } from './seen.ts'

/** As much of the last message as an output may have. */
const longestText = 60_000

/**
 * The outputs of an agent's step: what `output_schema` asks for, always checked here, whoever else promised to; without
 * one the agent's last message as `text`, with the answer that it gives apart.
 */
export async function outputsOf(seen: Seen, schema: JsonObject | null): Promise<Result<JsonObject, string>> {
  const text = seen.finished?.text ?? seen.lastText
  if (schema === null) {
    const apart = isJsonObject(seen.finished?.answer) ? seen.finished.answer : {}
    return withinLimits({ ...(text === null ? {} : { text: clipped(text) }), ...apart })
  }
  const answer = isJsonObject(seen.finished?.answer) ? seen.finished.answer : objectIn(text ?? '')
  if (answer === null) return err('its last message holds no JSON object, which output_schema asks for')
  const outputs = withinLimits(answer)
  if (!outputs.ok) return outputs
  const problem = await checkOutputs(schema, outputs.value)
  return problem === null ? outputs : err(`its answer is not what output_schema asks for: ${problem}`)
}

/** At most so many bytes in UTF-8, which no character takes more than four of. */
function clipped(text: string): string {
  if (Buffer.byteLength(text) <= longestText) return text
  return `${Buffer.from(text)
    .subarray(0, longestText)
    .toString('utf8')
    .replace(/\uFFFD$/, '')} [...]`
}

/** The object that a message is, or that stands in its last fenced block, or between its first and last brace. */
export function objectIn(text: string): JsonObject | null {
  const fenced = text.split(/^```[a-z]*[ \t]*$/m).filter((_, at) => at % 2 === 1)
  const braces = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  for (const candidate of [text, ...fenced.toReversed(), braces]) {
    const value = parsed(candidate)
    if (isJsonObject(value)) return value
  }
  return null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
