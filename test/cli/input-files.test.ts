import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { withInputFiles } from '../../src/surfaces/cli/input-files.ts'
import { temporaryFolder } from '../config/project.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})

const valueOf = (bytes: string | Uint8Array): string | undefined => {
  writeFileSync(join(folder, 'value'), bytes)
  return withInputFiles({}, { v: 'value' }, 'plan.yaml', folder)['v']
}

test('the value is the text of the file without its last line end', () => {
  expect(valueOf('secret\n')).toBe('secret')
  expect(valueOf('secret\r\n')).toBe('secret')
  expect(valueOf('two\nlines\n\n')).toBe('two\nlines\n')
  expect(valueOf('k=v')).toBe('k=v')
  expect(valueOf('')).toBe('')
})

test('inputs from the command line and from files come together', () => {
  writeFileSync(join(folder, 'value'), 'b\n')
  expect(withInputFiles({ a: 'a' }, { b: join(folder, 'value') }, '-', '/')).toEqual({ a: 'a', b: 'b' })
})

test('1 MiB is taken, and one byte more is not', () => {
  expect(valueOf('x'.repeat(1024 * 1024))?.length).toBe(1024 * 1024)
  expect(() => valueOf('x'.repeat(1024 * 1024 + 1))).toThrow(
    expect.objectContaining({ code: 'SIZE_LIMIT', message: 'the input "v" is larger than 1 MiB: "value"' }),
  )
  expect(() => withInputFiles({}, { v: '/dev/zero' }, 'plan.yaml', folder)).toThrow(
    expect.objectContaining({ code: 'SIZE_LIMIT' }),
  )
})

test.each([
  ['what is not UTF-8', { v: 'value' }, 'plan.yaml', 'FILE_UNREADABLE', /"v" is not text in UTF-8/],
  ['a file that is not there', { v: 'missing' }, 'plan.yaml', 'FILE_UNREADABLE', /cannot read "missing"/],
  ['a folder', { v: '.' }, 'plan.yaml', 'FILE_UNREADABLE', /cannot read "."/],
  ['standard input twice', { v: '-', w: '-' }, 'plan.yaml', 'USAGE', /only once/],
  ['standard input that the plan takes', { v: '-' }, '-', 'USAGE', /only once/],
  ['an input that is there already', { given: 'value' }, 'plan.yaml', 'USAGE', /"given" is given twice/],
])('%s is refused', (_, files, plan, code, message) => {
  writeFileSync(join(folder, 'value'), new Uint8Array([0xc3, 0x28]))
  expect(() => withInputFiles({ given: '1' }, files, plan, folder)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  )
})
