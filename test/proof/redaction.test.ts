import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { createRedactor, type Redactor } from '../../src/base/redact.ts'
import { Random } from '../support/random.ts'
import { kindForms, secretKinds, someValue, valueForms } from '../support/secret-kinds.ts'
import { long, report, seed } from './size.ts'

const amount = long ? 10_000 : 800

/** Text as programs print it, with what only looks like the beginning of a secret. */
const words = [
  'sk-', 'key-value', 'task', 'AKIA', 'see https://example.com/a?b=c#d', '-----BEGIN CERTIFICATE-----\nMIIB', 'eyJ.eyJ.eyJ.', '\u001B[32mok\u001B[0m',
  '{"type":"text"}', '✓ passed\r\n', 'a'.repeat(200), 'hf_short', 'ghp_tooshort', '\\n\\t', '%20', '"', "'", '-----BEGIN PRIVATE KEY-----', 'C:\\new\\table', '\u001B[',
] // prettier-ignore

const noise = (random: Random): string =>
  Array.from({ length: random.below(6) }, () => random.pick(words)).join(random.pick([' ', '\n', ', ']))

function streamed(redactor: Redactor, text: string, random: Random): string {
  const bytes = Buffer.from(text)
  const stream = redactor.stream()
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(64)
    parts.push(Uint8Array.from(stream.push(bytes.subarray(at, at + size))))
    at += size
  }
  parts.push(stream.end())
  return Buffer.concat(parts).toString('utf8')
}

/** Any eight characters of it in a row that are not the beginning which tells its kind. */
function leakedOf(secret: string, shown: string): string | undefined {
  const visible = stripVTControlCharacters(shown).replaceAll(/\\+(?:u001[bB]|033)\[[0-9;]*m/g, '')
  const body = secret.replace(/^-----BEGIN PRIVATE KEY-----\n/, '')
  for (let at = 8; at + 8 <= body.length - 30; at++) {
    const part = body.slice(at, at + 8)
    if (!part.includes('\n') && visible.includes(part)) return part
  }
  return visible.includes(secret) ? secret : undefined
}

test(
  `of ${amount} secrets in any form and any pieces, nothing is shown`,
  { timeout: long ? 1_800_000 : 120_000 },
  () => {
    const random = new Random(seed)
    const tried: Record<string, number> = {}
    for (let turn = 0; turn < amount; turn++) {
      const values = Array.from({ length: 3 }, () => someValue(random))
      const redactor = createRedactor(values)
      const isKnown = random.chance(0.4)
      const [form, make] = random.pick(Object.entries(isKnown ? valueForms : kindForms))
      const kind = isKnown ? 'known value' : random.pick(Object.keys(secretKinds))
      const secret = isKnown ? random.pick(values) : secretKinds[kind]!(random)
      const written = make(secret, random)
      const separator = random.pick([' ', '\n', ' = ', ': '])
      const text = `${noise(random)}${separator}${written}${separator}${noise(random)}`
      for (const shown of [redactor.text(text), streamed(redactor, text, random)]) {
        const leaked = [secret, ...(isKnown && ['base64', 'base64url', 'hex'].includes(form) ? [written] : [])]
          .map((one) => leakedOf(one, shown))
          .find((part) => part !== undefined)
        expect(
          leaked,
          `seed ${seed}, turn ${turn}: ${kind} as ${form}: ${JSON.stringify({ written, shown })}`,
        ).toBeUndefined()
      }
      const key = `${kind} ${form}`
      tried[key] = (tried[key] ?? 0) + 1
    }
    report('redaction', { secrets: amount, ways: Object.keys(tried).length, leaked: 0 })
  },
)

test('what is no secret stays as it is, in whatever pieces', () => {
  const random = new Random(seed)
  for (let turn = 0; turn < amount; turn++) {
    const text = `${noise(random)} ${noise(random)}`.replaceAll('-----BEGIN PRIVATE KEY-----', '')
    expect(streamed(createRedactor([someValue(random)]), text, random), `seed ${seed}, turn ${turn}`).toBe(text)
  }
})

test('hostile streams take linear time, in pieces of any size', { timeout: 600_000 }, () => {
  const size = long ? 6 << 20 : 1 << 20
  const hostile = [
    'eyJ', '.eyJ', `.eyJ${'a'.repeat(20)}`, `eyJ${'a'.repeat(2040)}.eyJ${'b'.repeat(4090)}.`, 'sk-', ' sk-proj-', '-----BEGIN ', '-----BEGIN PRIVATE KEY-----\n',
    `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n`, ':AA', '://a:', `://${'a'.repeat(64)}:${'b'.repeat(250)}`, '_authToken=', 'AccountKey=AccountKey=', '\u001B[', '\u001B[31m', '\\u001b[', '\\n', ' A', 'hooks.slack.com/services/',
  ] // prettier-ignore
  const slow: Record<string, number> = {}
  for (const piece of hostile) {
    for (const chunk of [61, 1 << 18]) {
      const bytes = Buffer.alloc(size, piece)
      const stream = createRedactor(['a-known-value']).stream()
      const from = performance.now()
      for (let at = 0; at < size; at += chunk) stream.push(bytes.subarray(at, at + chunk))
      stream.end()
      slow[`${piece.slice(0, 30)} by ${chunk}`] = Math.round(performance.now() - from)
    }
    const from = performance.now()
    createRedactor(['a-known-value']).text(piece.repeat(size / piece.length))
    slow[`${piece.slice(0, 30)} whole`] = Math.round(performance.now() - from)
  }
  const most = Math.max(...Object.values(slow))
  const slowest = Object.entries(slow).find(([, ms]) => ms === most)?.[0]
  report('hostile streams', { megabytes: size >> 20, slowestMs: most, slowest })
  // Quadratic time would be minutes.
  expect(most, JSON.stringify(slow)).toBeLessThan(20_000)
})
