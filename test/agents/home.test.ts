import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { leaveHome, makeHome } from '../../src/agents/cli/home.ts'

function folderIn(parent: string): string {
  const folder = mkdtempSync(join(parent, 'orchd-home-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('a login that was renewed goes back to a person whose home is on another file system', () => {
  const [person, state] = [folderIn('/dev/shm'), folderIn(tmpdir())]
  expect(statSync(person).dev).not.toBe(statSync(state).dev)
  const login = { name: 'auth.json', file: join(person, 'auth.json') }
  writeFileSync(login.file, 'old', { mode: 0o600 })
  const home = join(state, 'home')
  makeHome(home, login, false)
  rmSync(join(home, login.name))
  writeFileSync(join(home, login.name), 'renewed', { mode: 0o600 })
  leaveHome(home, login, false)
  expect(readFileSync(login.file, 'utf8')).toBe('renewed')
  expect(statSync(login.file).mode & 0o777).toBe(0o600)
  expect(existsSync(home)).toBe(false)
})

test('a home is taken away also when the login cannot go back', () => {
  const state = folderIn(tmpdir())
  const login = { name: 'auth.json', file: join(state, 'gone', 'auth.json') }
  const home = join(state, 'home')
  mkdirSync(home)
  writeFileSync(join(home, login.name), 'renewed')
  leaveHome(home, login, false)
  expect(existsSync(home)).toBe(false)
})
