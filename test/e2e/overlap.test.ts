import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

const plan = `name: p
context: {}
steps:
  - { id: slow, isolation: worktree, run: "echo slow > shared.txt; touch $DIR/began; until test -e $DIR/go; do sleep 0.02; done" }
  - { id: quick, isolation: worktree, run: "until test -e $DIR/began; do sleep 0.02; done; echo quick > shared.txt" }
  - { id: apart, isolation: worktree, run: "echo apart > apart.txt" }
  - { id: behind, depends_on: [quick], isolation: worktree, run: "echo behind > shared.txt" }
`

const told = (step: string) => [{ step, files: ['shared.txt'], count: 1 }]

test('steps at work that change the same file are told of while they run, and those that wait for each other are not', async () => {
  await using made = new Project({ GIT_AUTHOR_NAME: 'a', GIT_COMMITTER_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_EMAIL: 'a@b' }) // prettier-ignore
  const git = (...args: readonly string[]): void => void execFileSync('git', args, { cwd: made.folder, env: { ...process.env, ...made.env } }) // prettier-ignore
  made.write('shared.txt', 'first\n')
  made.write('.gitignore', '.orchd\n')
  made.write('plan.yaml', plan.replaceAll('$DIR', made.folder))
  git('init', '--quiet')
  git('add', '.gitignore', 'shared.txt')
  git('commit', '--quiet', '-m', 'first')
  const daemon = await made.daemon()
  const run = String((await made.json('run', 'plan.yaml', '--detach'))['run_id'])
  const overlaps = async (): Promise<unknown> => {
    const { steps } = (await made.json('status', run)) as {
      steps: { id: string; outcome: string | null; overlaps: unknown[] }[]
    }
    return Object.fromEntries(steps.slice(0, 4).map(({ id, overlaps: found }) => [id, found]))
  }
  await until('both have changed it', async () => JSON.stringify(await overlaps()).includes('"behind":[{'))
  expect(await overlaps()).toEqual({
    slow: [...told('quick'), ...told('behind')],
    quick: told('slow'),
    apart: [],
    behind: told('slow'),
  })
  const words = 'changed shared.txt, and so did "quick", which does not wait for it: their merge may conflict'
  expect((await made.orchd('explain', run, 'slow')).stdout).toContain(words)
  expect((await made.orchd('status', run)).stdout).toMatch(/quick .*shared\.txt also changed by slow/)
  made.write('go', '')
  await until('the conflict is there', async () => (await made.json('status', run))['waiting_for'] === 'people')
  daemon.child.kill('SIGTERM')
  await daemon.ended
})
