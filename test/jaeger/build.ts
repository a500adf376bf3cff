import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const builderVersion = 'v0.159.0'
/**
 * The last tag that Go's module proxies have under Jaeger's module path; its `cmd/jaeger` is Jaeger 2.13.
 * `go install` refuses it for a `replace` directive, which counts only in a main module: so it is built in its folder.
 */
const jaegerVersion = 'v1.76.0'

/** Where Go's own installer puts it, also where PATH does not say so. */
const usualFolder = '/usr/local/go/bin'

export type Programs = { readonly jaeger: string; readonly collector: string }

/** The real programs, built with Go on the first call and kept. @throws Error that says why they cannot be had */
export function buildPrograms(): Programs {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'orchd-test-jaeger')
  mkdirSync(folder, { recursive: true })
  const programs = { jaeger: join(folder, 'jaeger'), collector: join(folder, 'otelcol') }
  if (!existsSync(programs.collector)) buildCollector(findGo(), folder, programs.collector)
  if (!existsSync(programs.jaeger)) buildJaeger(findGo(), folder, programs.jaeger)
  return programs
}

function findGo(): string {
  for (const go of ['go', `${usualFolder}/go`]) {
    const version = spawnSync(go, ['version'], { encoding: 'utf8' }).stdout ?? ''
    const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? []
    if (Number(major) > 1 || Number(minor) >= 26) return go
  }
  throw new Error('no Go, or one before 1.26')
}

function buildCollector(go: string, folder: string, output: string): void {
  const source = join(folder, 'collector-source')
  const manifest = join(folder, 'manifest.yaml')
  const template = readFileSync(new URL('collector-manifest.yaml', import.meta.url), 'utf8')
  writeFileSync(manifest, template.replaceAll('OUTPUT_PATH', source))
  run(go, ['install', '-p', '1', `go.opentelemetry.io/collector/cmd/builder@${builderVersion}`], folder, {
    GOBIN: folder,
    GOFLAGS: '-mod=mod',
  })
  run(join(folder, 'builder'), [`--config=${manifest}`, '--skip-compilation'], folder)
  run(go, ['build', '-p', '1', '-trimpath', '-ldflags=-s -w', '-o', output, '.'], source)
}

function buildJaeger(go: string, folder: string, output: string): void {
  const module = `github.com/jaegertracing/jaeger@${jaegerVersion}`
  const answer = run(go, ['mod', 'download', '-json', module], folder, { GOFLAGS: '-mod=mod' })
  const { Dir: source } = JSON.parse(answer)
  run(go, ['build', '-p', '1', '-trimpath', '-ldflags=-s -w', '-o', output, './cmd/jaeger'], source)
}

/** Runs a step of the build, with its progress on stderr. Low priority: it takes minutes of every core that it gets. */
function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  console.error(`$ ${command} ${args.join(' ')}`)
  const { status, stdout, error } = spawnSync('nice', ['-n', '15', command, ...args], {
    cwd,
    env: { ...process.env, PATH: `${process.env['PATH']}:${usualFolder}`, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`"${command} ${args[0]}" ended with ${status}`)
  return stdout
}
