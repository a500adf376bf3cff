import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OrchdError } from '../../src/base/errors.ts'
import { findProjectFolder, stateFolder, stateFolderPath } from '../../src/config/folders.ts'
import { temporaryFolder } from './project.ts'

test.each(['orchestrator_config.yaml', '.orchd', '.git'])(
  'the project folder is the nearest one upwards with %s',
  (marker) => {
    const root = temporaryFolder()
    const deep = join(root, 'a/b/c')
    mkdirSync(deep, { recursive: true })
    writeFileSync(join(root, 'a', marker), '')
    expect(findProjectFolder(deep)).toBe(join(root, 'a'))
    expect(findProjectFolder(join(root, 'a'))).toBe(join(root, 'a'))
  },
)

test('without a marker the project folder is the current one', () => {
  const root = temporaryFolder()
  expect(findProjectFolder(root)).toBe(root)
})

test('the state folder is made for its owner only, and git does not see it', () => {
  const root = temporaryFolder()
  const folder = stateFolder(root, null)
  expect(folder).toBe(join(root, '.orchd'))
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
  expect(stateFolder(root, null)).toBe(folder)
})

test('a state folder that others may enter is closed to them', () => {
  const root = temporaryFolder()
  mkdirSync(join(root, '.orchd'), { mode: 0o755 })
  stateFolder(root, null)
  expect(statSync(join(root, '.orchd')).mode & 0o777).toBe(0o700)
})

test('another state folder may be named, with parents that are not there yet', () => {
  const root = temporaryFolder()
  const named = join(root, 'x/y/state')
  expect(stateFolderPath(root, named)).toBe(named)
  expect(existsSync(named)).toBe(false)
  expect(stateFolder(root, named)).toBe(named)
})

test('a link that a repository brought along, and a file, are not used as the state folder', () => {
  const root = temporaryFolder()
  const elsewhere = join(root, 'elsewhere')
  mkdirSync(elsewhere, { mode: 0o755 })
  symlinkSync(elsewhere, join(root, '.orchd'))
  expect(() => stateFolder(root, null)).toThrow(OrchdError)
  expect(statSync(elsewhere).mode & 0o777).toBe(0o755)
  writeFileSync(join(root, 'file'), '')
  expect(() => stateFolder(root, join(root, 'file'))).toThrow(expect.objectContaining({ code: 'STATE_UNSAFE' }))
})
