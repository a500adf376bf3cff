/** A name that says "secret" with a value that looks random: what has no prefix of its own. */
export type Assigned = { readonly index: number; readonly value: string }

/** Every quantifier has a bound. Group 1: the quote. Group 2: the value. */
const assignment =
  /(?:secret|token|passw(?:or)?d|passphrase|api_?-?key|access_?-?key|private_?-?key|signing_?-?key|encryption_?-?key|credential)[\w-]{0,20}(?:["'`]\]?){0,2}[ \t]{0,8}(?::=|=>|:|=)[ \t]{0,8}(["'`]?)([A-Za-z0-9+/=_-]{16,200})(?![\w.(/+])/giy
const words =
  /secret|token|passw|passphrase|api_?-?key|access_?-?key|private_?-?key|signing_?-?key|encryption_?-?key|credential/gi

const leastEntropy = 3.6
/** By chance alone a long value may have few digits. */
const longValue = 24
const placeholder =
  /example|sample|dummy|placeholder|changeme|change-me|your|insert|replace|redacted|xxxx|1234567|abcdef|test|fake|mock|todo|none|null/i

/**
 * Values without quotes of their own count in files of settings, in a text that is quoted whole, and behind names in
 * capitals, as in `export API_KEY=...`: elsewhere they are code.
 */
export function* assignments(text: string, isSettings: boolean): Generator<Assigned> {
  for (const { index } of text.matchAll(words)) {
    assignment.lastIndex = index
    const found = assignment.exec(text)
    if (found === null) continue
    const [whole, quote = '', value = ''] = found
    const next = text.charAt(index + whole.length)
    const isBare = isSettings || /["'`]/.test(next) || /^[A-Z][A-Z0-9_]*=/.test(whole)
    if (quote === '' ? !isBare : next !== quote) continue
    if (looksRandom(value)) yield { index: index + whole.length - value.length, value }
  }
}

const settingsFile =
  /(^|\/)(\.env[^/]*|[^/]*\.(env|ini|cfg|conf|config|properties|ya?ml|toml|tfvars|sh|txt|pypirc|npmrc|netrc))$/i
export const isSettingsFile = (path: string): boolean => settingsFile.test(path)

/** Letters and digits mixed without a pattern that people would write. */
function looksRandom(value: string): boolean {
  if (placeholder.test(value) || !/[0-9]/.test(value) || !/[A-Za-z]/.test(value)) return false
  const digits = value.replaceAll(/[^0-9]/g, '').length
  // Identifiers have few digits, most of them at the end, or words between them.
  if (digits < (value.length < longValue ? 3 : 1) || /^[A-Za-z]+[_-]?\d{1,4}$/.test(value) || /[a-z]{10,}/.test(value))
    return false
  return entropy(value) >= leastEntropy
}

/** Shannon's, in bits for each character. */
function entropy(value: string): number {
  const counts = new Map<string, number>()
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0)
}
