import { join } from 'node:path'
import type { JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Attempt } from '../../ports/agent.ts'
import { promptName, type Protocol } from '../cli/agent.ts'
import { promptWithSchema } from '../cli/prompt.ts'
import { customAtExit, customParser } from './parse.ts'
import { customSettings, type CustomSettings, placeholder } from './settings.ts'

/** The protocol of an agent of the user's own, as its `connection.config` describes it. */
export function customProtocol(config: JsonObject): Result<Protocol, string> {
  const settings = customSettings(config)
  if (!settings.ok) return settings
  const { args, stdin, sums, resume } = settings.value
  const takesSession = JSON.stringify(args).includes('{session}')
  const options = [...JSON.stringify(args).matchAll(placeholder)]
    .map(([, name = '']) => name)
    .filter((name) => name.startsWith('with.'))
  return ok({
    programs: [],
    install: 'the instructions of its maker',
    key: null,
    options: options.map((name) => name.slice('with.'.length)),
    home: null,
    driver: null,
    sessions: takesSession ? { folder: null, sums } : null,
    resume:
      resume === null
        ? null
        : (session) => ({ args: resume.map((text) => text.replaceAll('{session}', () => session)), env: {} }),
    parse: customParser(settings.value),
    ...(settings.value.fields.cost_usd === undefined ? { tellsNoCost: true } : {}),
    isStream: settings.value.output === 'stream-json',
    atExit: customAtExit(settings.value),
    service: { hosts: [], variable: null },
    launch(attempt) {
      const prompt = promptWithSchema(attempt)
      const filled = filledIn(settings.value, valuesOf(attempt, prompt))
      if (!filled.ok) return filled
      return ok({ args: filled.value, prompt, stdin, env: {}, files: {}, folders: [] })
    },
  })
}

type Values = { readonly [name: string]: string | null }

function valuesOf(attempt: Attempt, prompt: string): Values {
  const options = Object.entries(attempt.with).map(([name, value]): [string, string] => [
    `with.${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const file = join(attempt.folder, promptName)
  return {
    prompt,
    prompt_file: file,
    model: attempt.spec.model,
    session: attempt.session?.id ?? null,
    ...Object.fromEntries(options),
  }
}

/** A value goes in as it is, and what looks like a placeholder in it stays text. */
function filledIn({ args }: CustomSettings, values: Values): Result<readonly string[], string> {
  const missing = (text: string): string | undefined =>
    [...text.matchAll(placeholder)].map(([, name = '']) => name).find((name) => (values[name] ?? null) === null)
  const fill = (text: string): string => text.replaceAll(placeholder, (_, name: string) => values[name] ?? '')
  const words: string[] = []
  for (const item of args) {
    if (typeof item !== 'string') {
      if (item.every((text) => missing(text) === undefined)) words.push(...item.map(fill))
      continue
    }
    const name = missing(item)
    if (name !== undefined) return err(`its command line needs {${name}}, which the step does not give`)
    words.push(fill(item))
  }
  return ok(words)
}
