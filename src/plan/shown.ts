import { type Json, isJsonObject } from '../base/json.ts'

/** What a value is, in the words of the messages. */
export function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (isJsonObject(value)) return 'a map'
  if (typeof value === 'string') return `the text ${shown(value)}`
  return typeof value === 'number' ? `the number ${value}` : JSON.stringify(value)
}

/** A value as a message shows it: short, and on one line. */
export function shown(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
