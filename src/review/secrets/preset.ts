import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { extname } from 'node:path/posix'
import type { Match } from './found.ts'

const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, rules: [] }] }

/** What secretlint's recommended rules find: `secretlint_aws`, `secretlint_basicauth`, ... */
export async function presetFindings(path: string, text: string): Promise<Match[]> {
  const source = { content: text, filePath: `/${path}`, ext: extname(path), contentType: 'text' as const }
  const { messages } = await lintSource({ source, options: { config, noPhysicFilePath: true } })
  const matches = messages.map(({ ruleId, range: [start, end], data }): Match => {
    const key = keyIn(data)
    const index = key === null ? start : Math.max(text.indexOf(key, start), start)
    return {
      rule: `secretlint_${ruleId.replace('@secretlint/secretlint-rule-', '').replaceAll('-', '_')}`,
      index,
      text: key ?? text.slice(start, end),
    }
  })
  return matches.filter(({ rule, text: match }) => rule !== 'secretlint_basicauth' || !placeholder.test(match))
}

/** A password in a URL that stands for one: `https://user:password@example.com`. */
const placeholder =
  /:(?:redacted|pass(?:word|wd)?|passw0rd|secret|token|changeme|example|x{3,}|\*{2,}|\.{3}|%s|\$.{0,64}|<.{0,64}>|\{.{0,64}\})@/i

/** The ranges of some rules begin before the secret; the message's data has it as it is. */
function keyIn(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null
  const texts = Object.entries(data).flatMap(([name, value]) =>
    typeof value === 'string' && /^(KEY|TOKEN|CREDENTIAL|SECRET|PASSWORD|URL)$/i.test(name) ? [value] : [],
  )
  return texts[0] ?? null
}
