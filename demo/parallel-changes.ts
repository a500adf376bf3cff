/** Steps change one repository at once: the result has all of it; two that change one line are told; a red merge names who broke it. */
import { execFileSync } from 'node:child_process'
import { check, Project } from './support/orchd.ts'

await using project = new Project()
const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', project.folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
project.write('.gitignore', '.orchd/\n')
project.write('api.txt', 'api\n')
project.write('docs.txt', 'docs\n')
project.write('sum.txt', '0\n')
git('init', '--quiet', '--initial-branch=main')
git('config', 'user.name', 'Ada')
git('config', 'user.email', 'ada@example.org')
git('add', '.')
git('commit', '--quiet', '--message=first')
// Work of a person's own, which nothing may touch: one file staged, one changed, one new.
project.write('docs.txt', 'docs that somebody is writing\n')
project.write('sum.txt', '0 \n')
project.write('notes.txt', 'notes\n')
git('add', 'docs.txt')
const own = (): readonly string[] => [
  git('status', '--porcelain=v2', '--branch'),
  git('diff', '--cached'),
  git('diff'),
  project.read('notes.txt'),
]
const before = own()

const simulated = (id: string, path: string, content: string): string => `
  - id: ${id}
    agent: simulated
    prompt: Change ${path}.
    with: { edits: [{ path: ${path}, content: ${JSON.stringify(content)} }] }`

project.write(
  '.orchd/three.yaml',
  `name: three
context: { branch: feature/three }
steps:${simulated('api', 'api.txt', 'api, by an agent\n')}${simulated('tests', 'test/api.txt', 'tests\n')}
  - id: format
    run: echo formatted > format.txt
`,
)
const three = await project.orchd('run', '.orchd/three.yaml')
check('three steps that change different files at once complete', three.code === 0, three)
check(
  'the run says which branch has the result, and what is not in it',
  /branch feature\/three/.test(three.stdout) && /not committed/.test(three.stderr),
  three,
)
const commits = git(
  'log',
  '--no-merges',
  '--format=%(trailers:key=Orchd-Step,valueonly,separator=%x2C) %(trailers:key=Orchd-Agent,valueonly,separator=%x2C)',
  'main..feature/three',
)
check(
  'the branch has a commit of each, with its step and agent',
  commits.trim().split('\n').toSorted().join('; ') === 'api simulated; format shell; tests simulated',
  commits,
)
check(
  'and all that they changed',
  git('show', 'feature/three:api.txt') === 'api, by an agent\n' &&
    git('show', 'feature/three:format.txt') === 'formatted\n',
)
check('working tree and index are as they were', JSON.stringify(own()) === JSON.stringify(before), own())
check(
  'and there is exactly one branch more',
  git('for-each-ref', '--format=%(refname:short)', 'refs/heads').trim() === 'feature/three\nmain',
)

project.write(
  '.orchd/clash.yaml',
  `name: clash
context: { base: main, branch: feature/clash }
steps:${simulated('left', 'api.txt', 'left\n')}${simulated('right', 'api.txt', 'right\n')}
  - id: join
    depends_on: [left, right]
    integrate: { on_conflict: ask }
`,
)
const clash = await project.json('run', '.orchd/clash.yaml', '--no-wait')
const [, , join] = clash['steps'] as readonly { id: string; gate: { prompt: string } | null }[]
const question = join?.gate?.prompt ?? ''
check('two that change one line are a conflict, and a person is asked', clash['status'] === 'waiting', clash)
check('the question names both steps and the file', /"left" and "right" both changed api\.txt/.test(question), question)
const place = /resolve it in (\S+)/.exec(question)?.[1] ?? ''
const conflicted = project.read(place.slice(project.folder.length + 1).concat('/api.txt'))
check('the workspace shows both sides', /<{7}[^]*left[^]*={7}[^]*right[^]*>{7}/.test(conflicted), conflicted)
project.write(place.slice(project.folder.length + 1).concat('/api.txt'), 'left and right\n')
const approved = await project.orchd('approve', String(clash['run_id']), 'join')
check('resolved there and approved, the run goes on', approved.code === 0, approved)
check('with what the person made of it', git('show', 'feature/clash:api.txt') === 'left and right\n')

project.write(
  '.orchd/red.yaml',
  `name: red
context: { base: main, branch: feature/red }
steps:${simulated('good', 'good.txt', 'good\n')}${simulated('bad', 'sum.txt', '1\n')}${simulated('fine', 'fine.txt', 'fine\n')}
  - id: join
    depends_on: [good, bad, fine]
    integrate: { verify: 'test "$(cat sum.txt)" = 0' }
`,
)
const red = await project.orchd('run', '.orchd/red.yaml')
check('a merge whose check is red fails', red.code === 1, red)
check(
  'and the step that broke it is named',
  /"bad" broke it: it is green with "good" alone/.test(red.stdout),
  red.stdout,
)
const mergeLog = (await project.orchd('logs', /\br[0-9a-z]{14}\b/.exec(red.stdout)?.[0] ?? '', 'join')).stdout
check(
  'the log of the merge tells it, with each check',
  /"bad" broke it[^]*orchd: verify\n[^]*orchd: bisect\.1\n/.test(mergeLog),
  mergeLog,
)
check('still nothing else was touched', JSON.stringify(own()) === JSON.stringify(before), own())
