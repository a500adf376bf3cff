import { Minimatch, type MinimatchOptions } from 'minimatch'
import { agentFiles } from '../base/agent-files.ts'
import type { ProtectedFiles } from '../plan/review-policy.ts'

/** What a path may not be changed without, and the pattern that says so. */
export type Protection = { readonly rule: string; readonly pattern: string; readonly policy: ProtectedFiles['policy'] }
export type Protections = (path: string) => Protection | null

/** No negation, comments or extended globs: what is left is matched in linear time. */
const options: MinimatchOptions = { dot: true, nonegate: true, nocomment: true, noext: true }

/** Files by which people and agents are steered; a configuration excepts from them with `exclude`. */
const sensitive: readonly (readonly [rule: string, patterns: readonly string[]])[] = [
  [
    'workflow',
    [
      '.github/workflows/**',
      '.github/actions/**',
      '.gitlab-ci.yml',
      '.circleci/**',
      'Jenkinsfile',
      'azure-pipelines.yml',
      '.buildkite/**',
      '.drone.yml',
      '.travis.yml',
      '.woodpecker/**',
      '.woodpecker.yml',
      '.pre-commit-config.yaml',
      '.husky/**',
      '.githooks/**',
      'lefthook.yml',
    ],
  ],
  ['agent_instructions', agentFiles],
  [
    'lockfile',
    [
      'package-lock.json',
      'npm-shrinkwrap.json',
      'yarn.lock',
      'pnpm-lock.yaml',
      'bun.lock',
      'bun.lockb',
      'deno.lock',
      'Cargo.lock',
      'poetry.lock',
      'uv.lock',
      'Pipfile.lock',
      'pdm.lock',
      'go.sum',
      'Gemfile.lock',
      'composer.lock',
      'mix.lock',
      'flake.lock',
      'packages.lock.json',
      'gradle.lockfile',
      'Podfile.lock',
      'pubspec.lock',
    ],
  ],
  [
    'registry_settings',
    [
      '.npmrc',
      '.yarnrc',
      '.yarnrc.yml',
      '.pnpmfile.cjs',
      '.pypirc',
      'pip.conf',
      '.bunfig.toml',
      'bunfig.toml',
      '**/.cargo/config.toml',
    ],
  ],
  ['git_settings', ['.gitattributes', '.gitmodules', '.gitconfig', '.lfsconfig']],
  ['code_owners', ['CODEOWNERS']],
]

/** Compiled once for each policy: looking costs microseconds for each path. */
export function protections(layers: readonly ProtectedFiles[]): Protections {
  const compiled = layers.map(({ policy, include, exclude }) => ({
    policy,
    include: include.map(globOf),
    exclude: exclude.map(globOf),
  }))
  const builtIn = sensitive.map(([rule, patterns]) => ({ rule, globs: patterns.map(globOf) }))
  return (path) => {
    const found: Protection[] = []
    const names = selfAndFolders(path)
    for (const { policy, include, exclude } of compiled) {
      const glob = include.find((one) => one.matches(names))
      if (glob === undefined || exclude.some((one) => one.matches(names))) continue
      found.push({ rule: 'protected_file', pattern: glob.pattern, policy })
    }
    const excepted = compiled[0]?.exclude.some((one) => one.matches(names)) ?? false
    for (const { rule, globs } of excepted ? [] : builtIn) {
      const glob = globs.find((one) => one.matches(names))
      if (glob !== undefined) found.push({ rule, pattern: glob.pattern, policy: 'require_human' })
    }
    return found.find(({ policy }) => policy === 'block') ?? found[0] ?? null
  }
}

type Glob = { readonly pattern: string; readonly matches: (names: readonly string[]) => boolean }

/** As in a .gitignore, but whatever the case: file systems differ, and `Package.JSON` is the same file on some. */
function globOf(pattern: string): Glob {
  const text = pattern.toLowerCase().replace(/^\.\//, '').replace(/\/$/, '')
  const matcher = new Minimatch(text.includes('/') ? text : `**/${text}`, options)
  return { pattern, matches: (names) => names.some((name) => matcher.match(name)) }
}

/** A folder that is protected protects what is in it. */
function selfAndFolders(path: string): readonly string[] {
  const parts = path.toLowerCase().split('/')
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('/'))
}
