import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
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

/** A project in git with a plan, in which `$DIR` is its folder. */
function projectWith(text: string): Project {
  const made = new Project({ GIT_AUTHOR_NAME: 'a', GIT_COMMITTER_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_EMAIL: 'a@b' }) // prettier-ignore
  made.write('shared.txt', 'first\n')
  made.write('.gitignore', '.orchd\n')
  made.write('plan.yaml', text.replaceAll('$DIR', made.folder))
  for (const args of [
    ['init', '--quiet'],
    ['add', '.gitignore', 'shared.txt'],
    ['commit', '--quiet', '-m', 'first'],
  ])
    execFileSync('git', args, { cwd: made.folder, env: { ...process.env, ...made.env } })
  return made
}

const begun = async (made: Project): Promise<string> =>
  String((await made.json('run', 'plan.yaml', '--detach'))['run_id'])

/** What is told of the steps of the plan, without what orchd adds. */
async function overlapsOf(made: Project, run: string): Promise<Record<string, unknown>> {
  const { steps } = (await made.json('status', run)) as { steps: { id: string; overlaps: unknown }[] }
  const own = steps.filter(({ id }) => !id.startsWith('orchd-'))
  return Object.fromEntries(own.map(({ id, overlaps }) => [id, overlaps]))
}

test('steps at work that change the same file are told of while they run, and those that wait for each other are not', async () => {
  await using made = projectWith(plan)
  const daemon = await made.daemon()
  const run = await begun(made)
  await until('both have changed it', async () => JSON.stringify(await overlapsOf(made, run)).includes('"behind":[{'))
  expect(await overlapsOf(made, run)).toEqual({
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

const stepsIn = (overlaps: unknown): unknown => (overlaps as { step: string }[]).map(({ step }) => step).toSorted()

const stays = (id: string, mark: string): string =>
  `{ id: ${id}, isolation: worktree, run: "echo ${id} > shared.txt; touch $DIR/${mark}; until test -e $DIR/go; do sleep 0.02; done" }`

test('what an earlier holder saw of steps that are over, and what adopted ones change, is told by the next', async () => {
  await using made = projectWith(`name: p
context: {}
steps:
  - { id: over, isolation: worktree, run: "echo over > shared.txt" }
  - ${stays('adopted', 'began')}
  - { id: last, isolation: worktree, run: "until test -e $DIR/again; do sleep 0.02; done; echo last > shared.txt" }
`)
  const first = await made.daemon()
  const run = await begun(made)
  const isOver = async (): Promise<boolean> => {
    const { steps } = (await made.json('status', run)) as { steps: { id: string; outcome: string | null }[] }
    return steps.some(({ id, outcome }) => id === 'over' && outcome === 'success') && existsSync(made.path('began'))
  }
  await until('one is over and the other is at work', isOver)
  first.child.kill('SIGKILL')
  await first.ended
  const second = await made.daemon()
  made.write('again', '')
  await until('the last one is over', async () => JSON.stringify(await overlapsOf(made, run)).includes('"last":[{'))
  const { over, adopted, last } = await overlapsOf(made, run)
  expect([over, adopted, last].map(stepsIn)).toEqual([expect.arrayContaining(['last']), expect.arrayContaining(['last']), ['adopted', 'over']]) // prettier-ignore
  made.write('go', '')
  // Whether the first saw the adopted one at work is a matter of moments; when that is over, everybody knows.
  await until('the conflict is there', async () => (await made.json('status', run))['waiting_for'] === 'people')
  const then = await overlapsOf(made, run)
  expect([then['over'], then['adopted'], then['last']].map(stepsIn)).toEqual([
    ['adopted', 'last'],
    ['last', 'over'],
    ['adopted', 'over'],
  ])
  second.child.kill('SIGTERM')
  await second.ended
})

test('what a step changed is forgotten when it is taken back, and told anew when it does so again', async () => {
  await using made = projectWith(`name: p
context: {}
steps:
  - { id: one, isolation: worktree, run: "if test -e $DIR/gone; then echo one > own.txt; else echo one > shared.txt; touch $DIR/gone; fi" }
  - { id: two, isolation: worktree, run: "until test -e $DIR/gone; do sleep 0.02; done; echo two > shared.txt" }
  - { id: three, depends_on: [one], isolation: worktree, run: "test -e $DIR/fine && echo three > shared.txt" }
`)
  const daemon = await made.daemon()
  const run = await begun(made)
  const ends = (count: number): Promise<void> =>
    until('the run is over', async () => {
      const { outcome, steps } = (await made.json('status', run)) as {
        outcome: string | null
        steps: { id: string; attempts: number }[]
      }
      return outcome !== null && steps.some(({ id, attempts }) => id === 'three' && attempts === count)
    })
  await ends(1)
  expect(await overlapsOf(made, run)).toEqual({ one: told('two'), two: told('one'), three: [] })
  made.write('fine', '')
  await made.orchd('retry', run, '--from', 'one', '--detach')
  await until('the conflict is there', async () => (await made.json('status', run))['waiting_for'] === 'people')
  expect(await overlapsOf(made, run)).toEqual({ one: [], two: told('three'), three: told('two') })
  daemon.child.kill('SIGTERM')
  await daemon.ended
})
