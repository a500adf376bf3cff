import * as fc from 'fast-check'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { createRedactor, type Redactor } from '../../src/base/redact.ts'
import { cases, patience } from '../support/cases.ts'

const secret = 'p4ss/w0rd+"ü"&more'

/** The stream's output when the bytes come in chunks of these sizes, over and over. */
function streamed(redactor: Redactor, bytes: Uint8Array, sizes: readonly number[]): string {
  const stream = redactor.stream()
  const parts: Uint8Array[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!
    parts.push(Uint8Array.from(stream.push(bytes.subarray(at, at + size))))
    at += size
  }
  parts.push(stream.end())
  return Buffer.concat(parts).toString('utf8')
}

const forms: readonly (readonly [string, string])[] = [
  ['plain', secret],
  ['JSON', JSON.stringify(secret).slice(1, -1)],
  [
    'ASCII JSON',
    JSON.stringify(secret)
      .slice(1, -1)
      .replace('ü', String.raw`\u00fc`),
  ],
  [
    'PHP-like JSON',
    JSON.stringify(secret)
      .slice(1, -1)
      .replace('/', String.raw`\/`),
  ],
  ['base64', Buffer.from(secret).toString('base64').replace(/=+$/, '')],
  ['base64 after one byte', Buffer.from(`x${secret}`).toString('base64').slice(2, -2)],
  ['base64 after two bytes', Buffer.from(`xx${secret}`).toString('base64').slice(3)],
  ['base64url', Buffer.from(secret).toString('base64url')],
  ['URL', encodeURIComponent(secret)],
  ['lower-case URL', encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
  ['coloured', `${secret.slice(0, 4)}\u001B[1;31m${secret.slice(4, 9)}\u001B[0m${secret.slice(9)}`],
]

test.for(forms)('a secret in the form %s is replaced', ([, form]) => {
  const redactor = createRedactor([secret])
  const shown = redactor.text(`<${form}>`)
  expect(shown).toContain('***')
  expect(shown).not.toContain(form.slice(4, -4))
  for (const sizes of [[1], [3, 1, 7], [1000]]) {
    expect(streamed(redactor, Buffer.from(`<${form}>`), sizes)).toBe(shown)
  }
})

/** In lines of so many characters, as base64 and xxd break them. */
const wrapped = (text: string, columns: number, newline: string): string =>
  text.replaceAll(new RegExp(`.{${columns}}(?=.)`, 'g'), (line) => line + newline)

test.for(['\n', '\r\n', String.raw`\n`, String.raw`\\n`])(
  'a secret that is broken into lines by %j is replaced',
  (newline) => {
    const key = `key-${'aB3dE5fG7h'.repeat(11)}`
    const redactor = createRedactor([key])
    for (const before of ['', 'x', 'user:'])
      for (const columns of [20, 60, 76])
        for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
          const form = wrapped(Buffer.from(before + key).toString(encoding), columns, newline)
          const shown = redactor.text(`${before}\n${form}${newline}end`)
          expect(shown).toContain('***')
          expect(shown).toContain('end')
          for (const piece of form.split(newline).slice(0, -1)) expect(shown).not.toContain(piece.slice(8, -1))
          for (const sizes of [[1], [3, 1, 7], [1000]])
            expect(streamed(redactor, Buffer.from(`${before}\n${form}${newline}end`), sizes)).toBe(shown)
        }
  },
)

test('the end of a line is not held back because its last letter begins a secret', () => {
  const stream = createRedactor([secret]).stream()
  expect(Buffer.from(stream.push(Buffer.from('up\n'))).toString()).toBe('up\n')
})

test('basic authentication hides the password, wherever it begins', () => {
  for (const user of ['a', 'ab', 'abc', 'abcd']) {
    const header = `Authorization: Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
    const shown = createRedactor([secret]).text(header)
    const left = Buffer.from(shown.split(' ')[2]!.replace('***', ''), 'base64').toString('utf8')
    expect(left).not.toContain(secret.slice(2, 8))
    expect(shown).toContain('***')
  }
})

test('each line of a secret with several is replaced on its own', () => {
  const key = '-----BEGIN KEY-----\nAAAABBBBCCCCDDDDEEEE\nFFFFGGGGHHHHIIIIJJJJ\n-----END KEY-----\n'
  const shown = createRedactor([key]).text('  AAAABBBBCCCCDDDDEEEE | FFFFGGGGHHHHIIIIJJJJ')
  expect(shown).toBe('  *** | ***')
  expect(createRedactor([key]).text(`<${key}>`)).toBe('<***>')
})

test('short values are left alone, and without secrets nothing changes', () => {
  expect(createRedactor(['yes', '']).text('yes and no')).toBe('yes and no')
  expect(createRedactor([]).active).toBe(false)
})

test('overlapping secrets leave no rest', () => {
  const redactor = createRedactor(['abcdefgh', 'efghijkl', 'fghijk'])
  expect(redactor.text('-abcdefghijkl-')).toBe('-***-')
  expect(redactor.text('-efghijkl-abcdefg-')).toBe('-***-abcdefg-')
})

test('no chunking of any stream shows any part of a secret that is whole in it', patience, () => {
  const texts = fc.array(
    fc.oneof(fc.constantFrom(...forms.map(([, form]) => form)), fc.string({ unit: 'binary', maxLength: 12 })),
    { maxLength: 12 },
  )
  const chunkings = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 10 })
  const redactor = createRedactor([secret, 'another secret'])
  fc.assert(
    fc.property(texts, chunkings, (parts, sizes) => {
      const bytes = Buffer.from(parts.join(''))
      const shown = streamed(redactor, bytes, sizes)
      expect(shown).toBe(streamed(redactor, bytes, [bytes.length + 1]))
      for (const [, form] of forms) expect(shown).not.toContain(form)
      expect(stripVTControlCharacters(shown)).not.toContain(secret)
    }),
    cases(3000),
  )
})

test('what is no secret passes unchanged, byte for byte', patience, () => {
  const redactor = createRedactor([secret])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), (bytes) => {
      const stream = redactor.stream()
      expect(Buffer.concat([stream.push(bytes), stream.end()])).toEqual(Buffer.from(bytes))
    }),
    cases(1000),
  )
})

test('a stream that is cut shows no beginning of a secret', () => {
  const stream = createRedactor([secret]).stream()
  const shown = [stream.push(Buffer.from(`begin ${secret.slice(0, 10)}`)), stream.end(true)]
  expect(Buffer.concat(shown).toString()).toBe('begin ***')
})

test('hostile streams take linear time', () => {
  const redactor = createRedactor([`${'a'.repeat(3000)}b`, 'a'.repeat(50), `x${'\u001B[0m'.length}secretive`])
  const begin = performance.now()
  for (const bytes of [
    Buffer.alloc(4 << 20, 'a'),
    Buffer.alloc(4 << 20, 'a\u001B[31m'),
    Buffer.alloc(4 << 20, 'a\u001B['),
    Buffer.alloc(4 << 20, 'a\n'),
    Buffer.concat([Buffer.alloc(2999, 'a'), Buffer.alloc(4 << 20, '\n')]),
    Buffer.concat([Buffer.alloc(2999, 'a'), Buffer.alloc(4 << 20, '\\')]),
  ]) {
    const stream = redactor.stream()
    stream.push(bytes)
    stream.end()
  }
  expect(performance.now() - begin).toBeLessThan(4000)
})

test('a buffer that is filled again for each piece is not held on to', () => {
  const token = `ghp_${'x1'.repeat(18)}`
  const bytes = Buffer.from(`${'words '.repeat(10)}${secret} and ${token} and more\n`.repeat(20))
  const buffer = Buffer.allocUnsafe(23)
  const stream = createRedactor([secret]).stream()
  let shown = ''
  for (let at = 0; at < bytes.length; at += buffer.length) {
    const size = bytes.copy(buffer, 0, at, at + buffer.length)
    shown += Buffer.from(stream.push(buffer.subarray(0, size))).toString('latin1')
  }
  shown += Buffer.from(stream.end()).toString('latin1')
  expect(shown).toBe(`${'words '.repeat(10)}*** and *** and more\n`.repeat(20))
})
