import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { extname } from 'node:path/posix'
import type { Match } from './found.ts'

const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, rules: [] }] }

/** What secretlint's recommended rules find: `secretlint_aws`, `secretlint_basicauth`, ... */
export async function presetFindings(path: string, text: string): Promise<Match[]> {
  const source = { content: text, filePath: `/${path}`, ext: extname(path), contentType: 'text' as const }
  const { messages } = await lintSource({ source, options: { config, noPhysicFilePath: true } })
  return messages.map(({ ruleId, range: [start, end], data }) => {
    const key = keyIn(data)
    const index = key === null ? start : Math.max(text.indexOf(key, start), start)
    return {
      rule: `secretlint_${ruleId.replace('@secretlint/secretlint-rule-', '').replaceAll('-', '_')}`,
      index,
      text: key ?? text.slice(start, end),
    }
  })
}

/** The ranges of some rules begin before the secret; the message's data has it as it is. */
function keyIn(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null
  const texts = Object.entries(data).flatMap(([name, value]) =>
    typeof value === 'string' && /^(KEY|TOKEN|CREDENTIAL|SECRET|PASSWORD|URL)$/i.test(name) ? [value] : [],
  )
  return texts[0] ?? null
}
