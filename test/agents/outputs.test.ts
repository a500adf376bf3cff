import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkOutputs } from '../../src/agents/output-schema.ts'
import { parseOutputs } from '../../src/agents/outputs.ts'
import { shellRig } from './rig.ts'

const parse = (text: string): unknown => {
  const outputs = parseOutputs(Buffer.from(text))
  return outputs.ok ? outputs.value : outputs.error
}

test.for([
  ['', {}],
  ['\n\n', {}],
  ['a=1\nb=two words \n', { a: '1', b: 'two words ' }],
  ['a=x=y<<z', { a: 'x=y<<z' }],
  ['a=1\r\nb=2\r\n', { a: '1', b: '2' }],
  ['a=1\na=2', { a: '2' }],
  ['a=', { a: '' }],
  ['text<<END\none\n\ntwo=2\nEND\nb=1', { text: 'one\n\ntwo=2', b: '1' }],
  ['text<<EOF\nEOF', { text: '' }],
  ['text<<  EOF\n EOF\nEOF\n', { text: ' EOF' }],
  ['{"a": 1, "b": [true, null]}', { a: 1, b: [true, null] }],
  ['  \n {"a": "ü"}\n', { a: 'ü' }],
  ['\uFEFFa=1', { a: '1' }],
] as const)('outputs %j are %j', ([text, outputs]) => {
  expect(parse(text)).toEqual(outputs)
})

test.for([
  ['a=1\nnonsense', 'line 2 of the outputs is neither "name=value" nor "name<<END"'],
  ['9a=1', 'line 1 of the outputs begins with what cannot be a name'],
  ['a=1\nb<<END\nc\n', 'the block that line 2 of the outputs begins has no end'],
  ['b<<\nc\n', 'the block that line 1 of the outputs begins has no end'],
  ['{"a": 1,\n "b": }', 'the outputs begin like a JSON object but are not one (line 2, column 7)'],
  ['{"a": 1', 'the outputs begin like a JSON object but are not one (line 1, column 8)'],
  ['{"a b": 1}', 'one of the outputs has what cannot be a name'],
  ['{"__proto__": 1}', 'one of the outputs has what cannot be a name'],
  [`a=${'x'.repeat(65_537)}`, 'the output "a" has 65537 bytes; the limit is 65536 (64 KiB)'],
  [`{"a": ${'['.repeat(5000)}${']'.repeat(5000)}}`, 'the output "a" is nested deeper than 64'],
] as const)('outputs that as in row %# are refused with the place', ([text, error]) => {
  expect(parse(text)).toBe(error)
})

test('outputs that are not UTF-8 are refused with the line', () => {
  const outputs = parseOutputs(Buffer.concat([Buffer.from('a=1\nb='), Buffer.of(0xff), Buffer.from('\n')]))
  expect(outputs).toEqual({ ok: false, error: 'the outputs are not UTF-8 (line 2)' })
})

test('any bytes give outputs or an error, never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => {
      expect(typeof parseOutputs(bytes).ok).toBe('boolean')
    }),
  )
})

test('names and values of any text survive as JSON', () => {
  const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/).filter((name) => name !== '__proto__')
  fc.assert(
    fc.property(fc.dictionary(names, fc.string({ unit: 'grapheme' })), (values) => {
      expect(parse(JSON.stringify(values))).toEqual({ ...values })
    }),
  )
})

test('a step hands on its outputs, also through an output schema', async () => {
  await using rig = shellRig()
  const outputSchema = { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } }
  const ok = rig.attempt(`echo '{"count": 3}' > $ORCHD_OUTPUT`, { spec: { outputSchema } })
  expect(await rig.run(ok)).toMatchObject({ outcome: 'success', outputs: { count: 3 } })
  const none = await rig.run(rig.attempt('true', { spec: { outputSchema }, step: 'none' }))
  expect(none).toMatchObject({ outcome: 'failure', cause: 'output_invalid', exitCode: 0 })
  expect(none.message).toBe("the outputs are not what output_schema asks for: must have required property 'count'")
})

test('a step that fails has no outputs', async () => {
  await using rig = shellRig()
  expect(await rig.run(rig.attempt('echo a=1 > $ORCHD_OUTPUT; exit 1'))).toMatchObject({
    outcome: 'failure',
    outputs: {},
  })
})

test.for([
  ['mkfifo $ORCHD_OUTPUT', '$ORCHD_OUTPUT is no longer a regular file'],
  ['ln -s /etc/passwd $ORCHD_OUTPUT', '$ORCHD_OUTPUT is no longer a regular file'],
  ['head -c 1100000 /dev/zero > $ORCHD_OUTPUT', 'the outputs have 1100000 bytes; the limit is 1048576 (1 MiB)'],
] as const)('after "%s" the outputs are refused', async ([command, message]) => {
  await using rig = shellRig()
  const attempt = rig.attempt(command, { spec: { outputSchema: { type: 'object' } } })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'failure', cause: 'output_invalid', message })
})

test('an output that the schema does not name is a mistake, unless it allows more', async () => {
  const properties = { a: { type: 'string' } }
  expect(await checkOutputs({ properties }, { a: '', b: 1 })).toBe('"b" is not among the outputs of output_schema')
  expect(await checkOutputs({ properties, additionalProperties: true }, { a: '', b: 1 })).toBeNull()
  expect(await checkOutputs({ properties, patternProperties: { '^b': {} } }, { a: '', b: 1 })).toBeNull()
  expect(await checkOutputs({ allOf: [{ properties }] }, { a: '', b: 1 })).not.toBeNull()
  expect(await checkOutputs({ type: 'object' }, { b: 1 })).toBeNull()
  expect(await checkOutputs({ properties: { n: { type: 'integer' } } }, { n: '3' })).toBe('"n" must be integer')
})

test('a schema that cannot be used is an error in words', async () => {
  expect(await checkOutputs({ type: 'no-such-type' }, {})).toMatch(/^output_schema cannot be used: /)
  expect(await checkOutputs({ $ref: 'https://example.invalid/x' }, {})).toMatch(/^output_schema cannot be used: /)
  expect(await checkOutputs({ $ref: '#' }, {})).toMatch(/^output_schema cannot be used: /)
})

test('a schema that would take for ever is given up', async () => {
  const begin = Date.now()
  const slow = await checkOutputs({ properties: { a: { pattern: '^(a+)+$' } } }, { a: `${'a'.repeat(60)}!` })
  expect(slow).toMatch(/could not be checked .* within/)
  const items = Array.from({ length: 20_000 }, (_, index) => ({ index }))
  expect(await checkOutputs({ properties: { a: { uniqueItems: true } } }, { a: items })).toMatch(/could not be checked/)
  expect(Date.now() - begin).toBeLessThan(5000)
})
