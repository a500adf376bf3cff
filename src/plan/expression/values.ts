import { type Json, isJsonObject } from '../../base/json.ts'

/** Thrown while a value goes from CEL to JSON; caught in `cel.ts`. */
export class ValueError extends Error {}

const converted = new WeakMap<object, unknown>()

/** A step's outputs as CEL sees them. They are up to 1 MiB and never change, so each is converted once. */
export function outputsToCel(outputs: Json): unknown {
  if (typeof outputs !== 'object' || outputs === null) return toCel(outputs)
  const value = converted.get(outputs) ?? toCel(outputs)
  converted.set(outputs, value)
  return value
}

/**
 * A JSON value as CEL sees it: whole numbers are ints (bigint), objects are `Map`s, so that a key like `constructor`
 * is a key like any other.
 */
export function toCel(value: Json): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (!isJsonObject(value)) return value.map((item) => toCel(item))
  return new Map(Object.entries(value).map(([key, item]) => [key, toCel(item)]))
}

/**
 * The way back. `room` is how many characters (and items) the result may still take; it is counted down.
 *
 * @throws ValueError for what JSON cannot hold, and when the room is used up
 */
export function fromCel(value: unknown, room: { left: number }): Json {
  room.left -= typeof value === 'string' ? value.length + 1 : 1
  if (room.left < 0) throw new ValueError('the value is larger than 1 MiB')
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    throw new ValueError(`${value} is not a JSON number`)
  }
  if (typeof value === 'bigint') {
    if (Number.isSafeInteger(Number(value))) return Number(value)
    throw new ValueError(`${value} is beyond the whole numbers that JSON carries exactly`)
  }
  return fromCelObject(value, room)
}

function fromCelObject(value: unknown, room: { left: number }): Json {
  if (Array.isArray(value)) return value.map((item) => fromCel(item, room))
  const entries = value instanceof Map ? [...value] : plainEntries(value)
  if (entries === null) throw new ValueError('the value is not text, number, boolean, null, list or map; try string()')
  return Object.fromEntries(
    entries.map(([key, item]) => {
      room.left -= String(key).length
      return [String(key), fromCel(item, room)]
    }),
  )
}

const plainEntries = (value: unknown): [string, unknown][] | null =>
  isJsonObject(value) && Object.getPrototypeOf(value) === Object.prototype ? Object.entries(value) : null
