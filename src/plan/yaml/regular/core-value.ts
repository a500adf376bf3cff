import { unsure } from './cursor.ts'

const words: ReadonlyMap<string, boolean | null> = new Map([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['null', 'Null', 'NULL', '~'].map((word) => [word, null] as const),
])
const wordStarts = 'tTfFnN~'
const decimal = /^[-+]?[0-9]+$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const octal = /^0o[0-7]+$/
const hexadecimal = /^0x[0-9a-fA-F]+$/

/**
 * What a plain scalar means in the core schema.
 *
 * @see https://yaml.org/spec/1.2.2/#103-core-schema
 */
export function coreValue(source: string): string | number | boolean | null {
  const first = source.charCodeAt(0)
  // A digit, or one of + - .
  if ((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46) return numberOrText(source)
  if (source.length > 5 || !wordStarts.includes(source.charAt(0))) return source
  const word = words.get(source)
  return word === undefined ? source : word
}

function numberOrText(source: string): string | number {
  if (decimal.test(source)) return parseInt(source, 10)
  if (float.test(source)) return parseFloat(source)
  if (octal.test(source)) return parseInt(source.slice(2), 8)
  if (hexadecimal.test(source)) return parseInt(source.slice(2), 16)
  // Infinities and "not a number" have no place in a plan.
  return /^[-+]?\.(?:inf|nan)$/i.test(source) ? unsure() : source
}
