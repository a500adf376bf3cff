/**
 * The gate on changes: an AWS key is blocked with everything kept and the lines that would allow it; a package.json, a
 * workflow and a protected file that is moved away wait for a person; a further attempt voids what was approved.
 */
import { execFileSync } from 'node:child_process'
import { check, Project } from './support/orchd.ts'

type Step = {
  id: string
  status: string
  cause: string | null
  commit: string | null
  gate: { tree: string } | null
  review: { verdict: string; allow: string[]; findings: { rule: string; action: string; file: string }[] } | null
}

await using project = new Project()
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.org', ...args], { cwd: project.folder })
    .toString()
    .trim()

git('init', '-q', '-b', 'main')
project.write('.gitignore', '.orchd\n*.yaml\n!.github/**\n')
project.write('package.json', '{ "name": "shop" }\n')
project.write('.github/workflows/ci.yml', 'on: push\n')
project.write('db/schema.sql', 'create table users (id integer primary key, name text not null);\n')
git('add', '--all')
git('commit', '-q', '-m', 'first')

/** Runs a plan of one step until only a person can go on; the run's id, and the step as it is then. */
async function play(name: string, script: string): Promise<{ run: string; step: Step; code: number | null }> {
  const indented = script.replaceAll(/^/gm, '      ')
  project.write(
    `${name}.yaml`,
    `name: ${name}\ncontext: { branch: result/${name} }\nsteps:\n  - id: work\n    run: |\n${indented}\n`,
  )
  const { code, stdout } = await project.orchd('run', `${name}.yaml`, '--no-wait', '--json')
  const response = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  return { run: response.run_id, step: await stepOf(response.run_id), code }
}

async function stepOf(run: string): Promise<Step> {
  const { steps } = (await project.json('status', run)) as unknown as { steps: Step[] }
  const found = steps.find(({ id }) => id === 'work')
  if (found === undefined) throw new Error(`run ${run} has no step "work"`)
  return found
}

const branches = (): string => git('branch', '--list', 'result/*', '--format=%(refname:short)')
const asks = ({ status, review }: Step, file: string): boolean =>
  status === 'gated' && review?.findings.some((one) => one.action === 'human' && one.file === file) === true

// A secret. It is put together here so that this file holds none.
const leak = `echo 'aws_access_key_id = AKIA'Q3EGSZ7NTUVWXY2B > settings.ini; echo works > feature.txt`
const leaked = await play('leak', leak)
check(
  'a step that adds an AWS key is blocked, exit 3',
  leaked.step.cause === 'gate_blocked' && leaked.code === 3,
  leaked,
)
check('nothing of it is on a branch', branches() === '', branches())
check(
  'but the work is kept as a commit under refs/orchd',
  git('show', `${leaked.step.commit}:feature.txt`) === 'works' &&
    git('for-each-ref', '--format=%(objectname)', 'refs/orchd').includes(String(leaked.step.commit)),
  leaked,
)
const shown = await project.orchd('review', leaked.run)
check(
  'orchd review shows the change and what was found in it, without the key',
  shown.stdout.includes('settings.ini:1') && shown.stdout.includes('+works') && !shown.stdout.includes('Q3EGSZ7NT'),
  shown,
)
const lines = leaked.step.review?.allow.join('\n') ?? ''
check('it prints the exact lines that would allow it', shown.stdout.includes('sha256: "'), lines)
project.write('orchestrator_config.yaml', `${lines}\n`)
const allowed = await project.orchd('retry', leaked.run)
check('with these lines in the configuration the same change passes', allowed.code === 0, allowed)
check('and the result is on its branch', git('show', 'result/leak:feature.txt') === 'works', branches())

// Files that need a person.
const risky = await play('risky', `echo '{ "name": "shop", "type": "module" }' > package.json`)
check(
  'a change of package.json waits for a person, exit 6',
  asks(risky.step, 'package.json') && risky.code === 6,
  risky,
)
const workflow = await play('workflow', `echo 'on: [push, pull_request_target]' > .github/workflows/ci.yml`)
check('so does one of a workflow', asks(workflow.step, '.github/workflows/ci.yml'), workflow)
const moved = await play('moved', 'git mv db/schema.sql db/notes.txt')
check('and so does a protected file that is moved away', asks(moved.step, 'db/notes.txt'), moved)
check('no branch has any of it', branches() === 'result/leak', branches())
const rejected = await project.orchd('reject', workflow.run, 'work', '-m', 'no')
check('what a person rejects is a failure, exit 3', rejected.code === 3, rejected)
const approved = await project.orchd('review', risky.run, '--approve', '-m', 'a module is right')
check('what a person approves goes on, and is not asked about again', approved.code === 0, approved)
check('now its branch is there', branches().includes('result/risky'), branches())

// One more commit.
const again = await play('again', 'echo "{ \\"attempt\\": $ORCHD_ATTEMPT }" > package.json')
const first = again.step.gate?.tree ?? ''
await project.orchd('approve', again.run, 'work', '--tree', first)
await project.orchd('retry', again.run, '--from', 'work', '--no-wait')
const second = await stepOf(again.run)
check(
  'after an approval, a further attempt with another change waits for a person again',
  asks(second, 'package.json') && second.gate?.tree !== first,
  second,
)
const stale = await project.orchd('approve', again.run, 'work', '--tree', first)
check(
  'an approval of the tree that was shown before is refused',
  stale.code === 2 && stale.stderr.includes('GATE_STALE'),
  stale,
)
check('and decides nothing', (await stepOf(again.run)).status === 'gated', second)

// Other rules than those under which it was reviewed.
project.write('orchestrator_config.yaml', 'review: { protected_files: { policy: block } }\n')
const stricter = await project.orchd('approve', again.run, 'work')
check(
  'an approval is refused when the rules of now find more than the person saw',
  stricter.code === 2 && stricter.stderr.includes('the rules have changed'),
  stricter,
)
project.write('orchestrator_config.yaml', 'review: { max_changed_files: 50 }\n')
const harmless = await project.orchd('approve', again.run, 'work')
check('and counts when they find the same', harmless.code === 0, harmless)
