import { expect, test } from 'vitest'
import { configuredPolicy, defaultReviewPolicy, tightened } from '../../src/plan/review-policy.ts'

const four = ['package.json', '*.sql', 'Dockerfile', '.github/**']

test('a configuration without a word on reviews has the defaults', () => {
  expect(configuredPolicy({})).toEqual(defaultReviewPolicy)
})

test('a configuration may loosen, and names what is let through', () => {
  const allow = [{ rule: 'jwt', file: 'a.ts', sha256: '12345678' }]
  const files = { include: ['*.sql'], exclude: ['test/**'] }
  const policy = configuredPolicy({ secrets: 'require_human', protected_files: files, allow })
  expect(policy).toMatchObject({ secrets: 'require_human', allow })
  expect(policy.protectedFiles).toEqual([{ policy: 'require_human', ...files }])
})

test('a plan and a step tighten, whatever they say', () => {
  const configured = configuredPolicy({
    max_changed_files: 50,
    removed_tests: 'require_human',
    approvers: ['ada', 'bob'],
  })
  const plan = {
    secrets: 'require_human',
    max_changed_files: 100,
    removed_tests: 'show',
    approvers: ['bob', 'cy'],
    protected_files: { include: ['src/**'], exclude: ['package.json', 'src/gen/**'] },
  }
  const policy = tightened(tightened(configured, plan), { max_changed_files: 10, protected_files: { policy: 'block' } })
  expect(policy).toEqual({
    secrets: 'block',
    maxChangedFiles: 10,
    removedTests: 'require_human',
    approvers: ['bob'],
    allow: [],
    protectedFiles: [
      { policy: 'block', include: four, exclude: [] },
      { policy: 'block', include: ['src/**'], exclude: ['package.json', 'src/gen/**'] },
    ],
  })
  expect(tightened(configured, null)).toBe(configured)
})
