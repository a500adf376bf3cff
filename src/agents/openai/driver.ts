/**
 * The driver of models over OpenAI's Responses API: `driver.ts [COMMAND LINE THAT CONFINES A COMMAND]`, with the task on
 * standard input (`../driver/drive.ts`).
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 */
import { confinedEnvironment } from '../confine.ts'
import { drive } from '../driver/drive.ts'
import { keyVariable, type OpenAiTask } from './task.ts'
import { workOn } from './work.ts'

/** Commands get everything but the key: confined ones what was meant for them, others what the driver has. */
function commandEnvironment(isConfined: boolean): Record<string, string> {
  if (isConfined) return confinedEnvironment(process.env)
  const entries = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries.filter(([name]) => name !== keyVariable))
}

await drive(async (given, how) => {
  const task = given as OpenAiTask // `protocol.ts` wrote it
  const prefix = process.argv.slice(2)
  const env = commandEnvironment(prefix.length > 0)
  const end = await workOn(task, { prefix, env, folder: prefix.length > 0 ? '/' : task.folder }, how)
  if (end !== null) how.tell(end)
})
