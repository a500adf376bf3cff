/** `orchd gc` removes old runs, killed again and again in the middle: every command works meanwhile, and the last one finishes. */
import { readdirSync } from 'node:fs'
import { check, Project } from './support/orchd.ts'

const runs = 6
const kept = 2

await using project = new Project()
project.write('plan.yaml', 'name: plan\nsteps:\n  - { id: a, run: echo a }\n  - { id: b, run: echo b }\n')
const ids: string[] = []
for (let i = 0; i < runs; i++) ids.push(String((await project.json('run', 'plan.yaml'))['run_id']))
project.write('.orchd/runs/r00000000000000/file', 'of a run that nobody knows\n')
project.write('.orchd/runs/holiday/photo', 'from somebody else\n')

const gc = ['gc', '--older-than', '0s', '--keep', String(kept)]
const dry = await project.orchd(...gc)
console.log(dry.stdout)
check(
  'without --yes it only tells',
  /would remove 4 runs, 1 folder/.test(dry.stdout) && (await listed()).length === runs,
  dry,
)
check('what belongs to no run is named', /r0{14} belongs to no run.*would be removed/.test(dry.stdout), dry)
check('what was never a run stays', /holiday belongs to no run.*stays/.test(dry.stdout), dry)

let kills = 0
for (let point = 1; ; point++) {
  const { signal, code } = await project.start([...gc, '--yes'], { ORCHD_TEST_CRASH: `gc:${point}` }).ended
  if (signal !== 'SIGKILL') {
    check('the last one ends well', code === 0, code)
    break
  }
  kills++
  // What is listed can be shown, whatever was going on when the lights went out.
  for (const id of await listed()) {
    const { code: shown } = await project.orchd('status', id)
    if (shown !== 0) check(`status of ${id} after the kill at change ${point}`, false, shown)
  }
  if ((await project.orchd('logs', ids.at(-1) ?? '')).stdout !== 'a │ a\nb │ b\n') check('logs', false)
}
check(`it was killed ${kills} times, each time somewhere else`, kills >= 5, kills)
check(
  `the newest ${kept} runs are there, and no other`,
  String(await listed()) === String(ids.slice(-kept).toReversed()),
)
const folders = readdirSync(project.path('.orchd/runs')).toSorted()
check('so are their folders', String(folders) === String(['holiday', ...ids.slice(-kept)]), folders)
check('nothing is left half removed', !readdirSync(project.path('.orchd')).includes('orchd.trash'))
const next = await project.json('run', 'plan.yaml')
check('and orchd runs on', next['status'] === 'completed', next)

async function listed(): Promise<string[]> {
  const found: { readonly run_id: string }[] = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
  return found.map(({ run_id: id }) => id)
}
