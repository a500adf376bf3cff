import type { Json } from '../../../base/json.ts'
import { isTorn } from '../../expression/scan.ts'
import { isAcceptedKey, isExact } from '../value.ts'
import { unsure } from './cursor.ts'
import type { Maker } from './maker.ts'

/** Makes values. A text with something in it that must be reported needs places, and is for another reader. */
export function valueMaker(text: string): Maker<Json> {
  const hasExpressions = text.includes('${{')
  return {
    scalar: (_start, _end, value, _source, isPlain) => {
      if (typeof value === 'number' && !isExact(value)) unsure()
      if (hasExpressions && isPlain && typeof value === 'string' && isTorn(value)) unsure()
      return value
    },
    list: (_start, _end, _isFlow, items) => items,
    map: (_start, _end, _isFlow, pairs) => mapOf(pairs),
  }
}

function mapOf(pairs: readonly Json[]): Json {
  const map: { [key: string]: Json } = {}
  for (let at = 0; at < pairs.length; at += 2) {
    const key = pairs[at]
    if (typeof key !== 'string' || !isAcceptedKey(key) || Object.hasOwn(map, key)) unsure()
    map[key] = pairs[at + 1]! // by turns
  }
  return map
}
