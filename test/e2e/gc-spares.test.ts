import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

type Spare = { what: string; path: string; of: string; fate: string; useless: string | null; files: number }

const setup = 'mkdir -p deps && cp lock deps/ && echo once >> ../../../../setups'

/** A repository whose workspaces are set up from a lock file, with a cache. */
function projectWithSetup(): Project {
  const project = new Project()
  project.write('.gitignore', '.orchd/\nplan.yaml\ndeps/\n')
  project.write('lock', 'version 1\n')
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '.'],
    ['commit', '--quiet', '-m', 'first'],
  ])
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: project.folder })
  const context = { branch: 'result', setup: { run: setup, key: ['lock'], cache: ['deps'] } }
  const steps = [{ id: 'work', run: 'cat deps/lock > got.txt' }]
  project.write('plan.yaml', `${JSON.stringify({ name: 'p', context, steps })}\n`)
  return project
}

/** Caches first: what was used within the same few milliseconds comes in any order. */
async function sparesOf(project: Project, ...args: readonly string[]): Promise<readonly Spare[]> {
  const { spares } = (await project.json('gc', ...args)) as { readonly spares: readonly Spare[] }
  return spares.toSorted((a, b) => b.what.localeCompare(a.what))
}

test('gc tells of the caches of setups, and removes those that nobody has used for long or can use', async () => {
  await using project = projectWithSetup()
  expect(await project.json('run', 'plan.yaml')).toMatchObject({ status: 'completed' })
  const cache = { what: 'setup_cache', of: setup, files: 1, useless: null }
  expect(await sparesOf(project)).toMatchObject([{ ...cache, fate: 'young' }])
  expect((await project.orchd('gc')).stdout).toMatch(
    /^cache of the setup "mkdir .*" \(setup\/[0-9a-f]{32}, .* ago\): stays, because it was used lately\n/,
  )
  expect(await sparesOf(project, '--older-than', '0s')).toMatchObject([{ ...cache, fate: 'goes' }])
  expect(readdirSync(project.path('.orchd/setup'))).toHaveLength(2)

  renameSync(project.path('lock'), project.path('lock.away'))
  expect(await sparesOf(project)).toMatchObject([{ ...cache, fate: 'goes', useless: 'key_files_gone' }])
  renameSync(project.path('lock.away'), project.path('lock'))

  expect((await project.orchd('gc', '--older-than', '0s', '--yes')).stdout).toMatch(
    /^removed 0 runs, 1 cache, 1 file, /m,
  )
  expect(readdirSync(project.path('.orchd/setup'))).toEqual([])
  expect(await project.json('run', 'plan.yaml')).toMatchObject({ status: 'completed' })
  expect(project.read('.orchd/setups')).toBe('once\nonce\n')
  renameSync(project.path('.git'), project.path('git.away'))
  expect(await sparesOf(project)).toMatchObject([{ fate: 'goes', useless: 'repository_gone' }])
})

test('gc removes a workspace that was only made again to be looked at, when nobody is in it', async () => {
  await using project = projectWithSetup()
  const { run_id: run } = await project.json('run', 'plan.yaml')
  const tree = (await project.orchd('open', String(run), 'work')).stdout.trim()
  expect(project.read('.orchd/setups')).toBe('once\n')
  expect(readdirSync(`${tree}/deps`)).toEqual(['lock'])
  project.write(`${tree.slice(project.folder.length + 1)}/got.txt`, 'changed by hand\n')
  const opened = { what: 'opened_workspace', of: 'work', useless: null }
  const visitor = spawn('tail', ['-f', '/dev/null'], { cwd: tree, stdio: 'ignore' })
  try {
    const inUse = await sparesOf(project, '--older-than', '0s', '--yes')
    expect(inUse).toMatchObject([
      { what: 'setup_cache', fate: 'goes' },
      { ...opened, fate: 'in_use' },
    ])
  } finally {
    visitor.kill('SIGKILL')
    await new Promise((resolve) => visitor.once('close', resolve))
  }
  expect(existsSync(tree)).toBe(true)
  expect(await sparesOf(project)).toMatchObject([{ ...opened, fate: 'young' }])
  expect(await sparesOf(project, '--older-than', '0s', '--yes')).toMatchObject([{ ...opened, fate: 'goes' }])
  expect(existsSync(tree)).toBe(false)
  const kept = `refs/orchd/${String(run)}/work@1-opened:got.txt`
  expect(execFileSync('git', ['show', kept], { cwd: project.folder, encoding: 'utf8' })).toBe('changed by hand\n')
  rmSync(project.path('.orchd/setup'), { recursive: true, force: true })
  const { stderr } = await project.orchd('open', String(run), 'work')
  expect(stderr).toContain('what sets it up has not run here: mkdir')
})
