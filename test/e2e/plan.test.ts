import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

const plan = `name: p
context: { branch: result }
steps:
  - { id: one, isolation: shared, run: echo 1 > one.txt }
  - { id: two, depends_on: [one], run: cat one.txt }
`

test('plan tells when each step starts, and which share a workspace', async () => {
  await using project = new Project()
  project.write('plan.yaml', plan)
  expect((await project.orchd('plan', 'plan.yaml')).stdout).toMatch(
    /^p: 4 steps in 4 waves\ncritical path: one -> two -> .*\n\nwave 1\n {2}one {2}\$ echo 1 > one\.txt\n {4}starts at once\n {4}in the workspace that steps of the run share, one at a time\n\nwave 2\n {2}two {2}\$ cat one\.txt\n {4}starts after one\n\nwave 3\n/,
  )
  expect(await project.json('plan', 'plan.yaml')).toMatchObject({
    plan: 'p',
    steps: [
      { id: 'one', wave: 1, isolation: 'shared' },
      { id: 'two', wave: 2, isolation: 'worktree', depends_on: ['one'] },
      { id: 'orchd-result' },
      { id: 'orchd-publish' },
    ],
  })
})
