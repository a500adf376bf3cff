import { afterAll, expect, test } from 'vitest'
import { defaultReviewPolicy, type ProtectedFiles } from '../../src/plan/review-policy.ts'
import { protections } from '../../src/review/protected-files.ts'
import { createReviewer } from '../../src/review/reviewer.ts'
import { cpuMs } from '../plan/check.ts'
import { report, seed } from '../proof/size.ts'
import { Random } from '../support/random.ts'
import { Repository } from './repository.ts'

const reviewer = createReviewer({ secretValues: [], path: process.env['PATH'] })
afterAll(() => reviewer.close())

const layer = (include: readonly string[], exclude: readonly string[] = []): ProtectedFiles[] => [
  { policy: 'require_human', include, exclude },
]

/** Names that are protected at any depth, and paths that are at the root. */
const anywhere = ['package.json', 'x.sql', 'Dockerfile', 'package-lock.json', '.npmrc', 'CLAUDE.md', 'AGENTS.md', 'CODEOWNERS', '.gitattributes', '.mcp.json'] // prettier-ignore
const atRoot = ['.github/workflows/ci.yml', '.github/dependabot.yml', '.claude/settings.json', '.cursor/rules/x.mdc', '.husky/pre-commit'] // prettier-ignore
const folders = ['src', '.hidden', 'ä', 'a b', 'node', '...', 'x{y}', '[z]', 'deep/er/still']

const anyCase = (text: string, random: Random): string =>
  Array.from(text, (char) => (random.chance(0.3) ? char.toUpperCase() : char)).join('')

function protectedPath(random: Random): string {
  if (random.chance(0.3)) return anyCase(random.pick(atRoot), random)
  const inside = Array.from({ length: random.below(4) }, () => random.pick(folders))
  return [...inside, anyCase(random.pick(anywhere), random)].join('/')
}

test(
  'no change of a protected file gets by, however it is called, made, moved or removed (R18)',
  { timeout: 120_000 },
  async () => {
    const random = new Random(seed)
    const missed: string[] = []
    const count = 500
    for (let done = 0; done < count; done += 50) {
      using repository = new Repository()
      const [old, now]: [Record<string, string>, Record<string, string>] = [{}, {}]
      const wanted: { readonly path: string; readonly names: readonly string[] }[] = []
      while (wanted.length < 50) {
        const number = done + wanted.length
        const path = protectedPath(random)
        // One change is one tree: no name twice, and none below another.
        const taken = [...Object.keys(old), ...Object.keys(now)]
        if (taken.some((other) => other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`)))
          continue
        const body = `${number}\n`.repeat(30)
        const elsewhere = `moved/${number}.txt`
        const way = random.pick(['new', 'changed', 'deleted', 'moved away', 'moved here', 'moved and changed'])
        if (way !== 'new') old[way === 'moved here' ? elsewhere : path] = body
        if (way === 'new' || way === 'moved here') now[path] = body
        if (way === 'changed') now[path] = `${body}more\n`
        if (way === 'moved away' || way === 'moved and changed')
          now[elsewhere] = way === 'moved away' ? body : `${body}more\n`
        wanted.push({ path: `${way}: ${path}`, names: [path, elsewhere] })
      }
      const base = repository.commit(old)
      const commit = repository.commit(now, base)
      const { findings } = await reviewer.review({
        gitDir: repository.gitDir,
        base,
        commit,
        policy: defaultReviewPolicy,
      })
      const asked = new Set(findings.filter(({ action }) => action === 'human').map(({ file }) => file))
      missed.push(...wanted.filter(({ names }) => !names.some((name) => asked.has(name))).map(({ path }) => path))
    }
    report('diff gate, protected files', { paths: count, missed })
    expect(missed).toEqual([])
  },
)

test.each([
  ['package.json', 'packages.json', false],
  ['package.json', 'package.json/in/it', true],
  ['*.sql', 'a/b.sql.ts', false],
  ['/src', 'src/a.ts', false],
  ['src/', 'src/a.ts', true],
  ['src/', 'a/src/b.ts', true],
  ['./src/**', 'src/a.ts', true],
  ['src/*.ts', 'lib/src/a.ts', false],
  ['!a', '!a', true],
  ['#a', '#a', true],
  ['a?c', 'abc', true],
])('a pattern means what it means in a .gitignore: %s, %s', (pattern, path, isProtected) => {
  expect(protections(layer([pattern]))(path)?.rule === 'protected_file').toBe(isProtected)
})

const steering = [
  '.claude/settings.json', '.claude/settings.local.json', '.claude/hooks/x.sh', '.mcp.json', '.codex/config.toml', '.codex/hooks.json',
  '.cursor/cli.json', '.cursor/mcp.json', 'AGENTS.md', 'opencode.json',
] // prettier-ignore

test.each(steering)('%s steers agents, at any depth, and whatever the case', (path) => {
  const found = protections([])
  for (const name of [path, `packages/app/${path}`, path.toUpperCase()])
    expect(found(name)).toMatchObject({ rule: 'agent_instructions', policy: 'require_human' })
})

test('exceptions hold for the layer that has them, the stricter layer wins', () => {
  const found = protections([...layer(['*.ts'], ['gen/**']), { policy: 'block', include: ['gen/**'], exclude: [] }])
  expect(['a.ts', 'gen/a.ts', 'gen/b', 'b'].map((path) => found(path)?.policy ?? null)).toEqual([
    'require_human', 'block', 'block', null,
  ]) // prettier-ignore
})

/** Of a few: where other programs share the processor, one of them may cost twice what it needs. */
const fastestMs = (work: () => void): number => Math.min(...Array.from({ length: 4 }, () => cpuMs(work)))

test('no pattern takes long, whatever it and the paths are', { timeout: 120_000 }, () => {
  const hostile = [
    `${'*a'.repeat(120)}*b`,
    '{a,b}{a,b}{a,b}{a,b}'.repeat(8).slice(0, 20),
    '**/'.repeat(80) + 'x',
    '?*'.repeat(100),
    '[a-z]*'.repeat(40),
    '**/*a**/*a**/*a**/*a**/*a**/*a',
    '(a|b)*'.repeat(30),
  ]
  const paths = ['a'.repeat(4000), 'a/'.repeat(2000) + 'a', 'ab'.repeat(2000), `${'a/b/'.repeat(500)}c`]
  for (const pattern of hostile) {
    const found = protections(layer([pattern]))
    for (const path of paths)
      expect(
        fastestMs(() => void found(path)),
        `${pattern} on ${path.slice(0, 9)}`,
      ).toBeLessThan(250)
  }
})
