import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { branchNameProblem } from '../../../src/plan/branch-name.ts'
import { mistakes, planOf, read } from '../check.ts'

const plan = (context: string, constraints = '{}'): string =>
  `name: p\ncontext: ${context}\nconstraints: ${constraints}\nsteps: [{ id: a, run: "true" }]\n`

test('names that git keeps no branch of are told at their places', () => {
  expect(mistakes(plan('{ branch: "a..b" }', '{ require_pr: { base: "-x" } }'))).toEqual([
    '2:20 VALUE_MALFORMED',
    '3:36 VALUE_MALFORMED',
  ])
  const [first] = read(plan('{ branch: "a..b" }')).diagnostics
  expect(first?.message).toBe('"branch" cannot be "a..b": git keeps no branch with ".." in its name')
})

test('origin/main as the base of a pull request is the branch of the remote', () => {
  expect(mistakes(plan('{ branch: result }', '{ require_pr: { base: origin/main } }'))).toEqual([])
})

const repositoryProblem = (place: string) =>
  place.startsWith('git:') ? { message: 'it is strange', help: 'write another' } : null

test('what cannot be cloned is told at its place, with what to write', () => {
  const { diagnostics } = read(plan('{ repository: "git://example.org/a" }'), { repositoryProblem })
  expect(diagnostics).toMatchObject([
    { line: 2, column: 24, code: 'VALUE_MALFORMED', message: 'it is strange', help: 'write another' },
  ])
  expect(read(plan('{ repository: "../a" }'), { repositoryProblem }).diagnostics).toEqual([])
})

test('title and body of a pull request may hold expressions', () => {
  const texts = '{ title: "A ${{ steps.a.outputs.x }}", body: "B ${{ steps.a.outputs.x }}" }'
  expect(planOf(plan('{}', `{ require_pr: ${texts} }`)).constraints.requirePr).toMatchObject({
    body: 'B ${{ steps.a.outputs.x }}',
  })
})

const names = 'main feature/a @ refs/heads/x é main@ a-b a{b HEAD/a a/HEAD a.b a"b #1 a..b -x HEAD a.lock a/ /a a//b a@{b a~ x/.y .a a. a\\b a* a? a[ a^ a:b @{-1} a.lock/b a/.lock a/-b' // prettier-ignore
test.each([...names.split(' '), 'a b', 'a\tb', 'a\u007f'])('%j is the name of a branch where git says so', (name) => {
  let git = true
  try {
    execFileSync('git', ['check-ref-format', '--branch', name], { cwd: '/', stdio: 'ignore' })
  } catch {
    git = false
  }
  expect(branchNameProblem(name) === null).toBe(git)
})
