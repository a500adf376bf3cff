import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

const quick = 'name: quick\nsteps:\n  - { id: a, run: echo a }\n  - { id: b, run: echo b }\n'
const gated = 'name: gated\nsteps:\n  - id: ok\n    approval: {}\n'

/** A project with `orchd` on its PATH. */
function withProgram(): Project {
  const project = new Project()
  project.write('bin/orchd', `#!/bin/sh\nexec "${process.execPath}" "${process.cwd()}/bin/orchd.js" "$@"\n`)
  chmodSync(project.path('bin/orchd'), 0o755)
  return project
}

/** What bash offers for a line when Tab is pressed at its end: its own splitting, and the function of the script. */
function tab(project: Project, line: string): readonly string[] {
  const script = `
    eval "$(orchd completion bash)"
    COMP_LINE=$1 COMP_POINT=\${#1}
    # Words as readline splits them: at spaces and at "=", which is a word of its own.
    read -ra COMP_WORDS <<<"\${COMP_LINE//=/ = }"
    [[ $COMP_LINE == *' ' || $COMP_LINE == *= ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _orchd orchd "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', line], {
    cwd: project.folder,
    env: { ...project.env, PATH: `${project.path('bin')}:${project.env['PATH']}` },
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.split('\n').filter((word) => word !== '')
}

describe('in bash', () => {
  test('commands, flags, values and files are completed', async () => {
    await using project = withProgram()
    project.write('plans/a.yaml', quick)
    project.write('plans/b.yml', quick)
    project.write('plans/notes.md', '')
    mkdirSync(project.path('plans/more'))
    expect(tab(project, 'orchd ')).toEqual(expect.arrayContaining(['run', 'ps', 'fmt', 'gc', 'completion', 'help']))
    expect(tab(project, 'orchd ')).not.toContain('__complete')
    expect(tab(project, 'orchd st')).toEqual(['status'])
    expect(tab(project, 'orchd --v')).toEqual(['--version'])
    expect(tab(project, 'orchd help app')).toEqual(['apply', 'approve'])
    expect(tab(project, 'orchd gc --')).toEqual(expect.arrayContaining(['--older-than', '--keep', '--yes', '--help']))
    expect(tab(project, 'orchd ps --json --')).not.toContain('--json')
    expect(tab(project, 'orchd run --input a=b --in')).toEqual(['--input', '--input-file'])
    expect(tab(project, 'orchd run plans/').toSorted()).toEqual(['plans/a.yaml', 'plans/b.yml', 'plans/more'])
    expect(tab(project, 'orchd run --simulate=')).toEqual(['agents'])
    expect(tab(project, 'orchd run --simulate plans/a')).toEqual(['plans/a.yaml'])
    expect(tab(project, 'orchd run plans/a.yaml --input-file token=plans/n')).toEqual(['plans/notes.md'])
    expect(tab(project, 'orchd ps --state pl')).toEqual(['plans'])
    expect(tab(project, 'orchd agents sim')).toEqual(['simulated'])
    expect(tab(project, 'orchd completion ')).toEqual(['bash', 'zsh', 'fish'])
    expect(tab(project, 'orchd explain RUN_')).toEqual(expect.arrayContaining(['RUN_NOT_FOUND', 'RUN_FINISHED']))
    expect(tab(project, 'orchd explain PLAN_E')).toEqual(['PLAN_EMPTY'])
    expect(tab(project, 'orchd nosuch ')).toEqual([])
  })

  test.each(['nobody holds the state folder', 'a daemon holds it'])(
    'runs and steps are completed when %s',
    async (who) => {
      await using project = withProgram()
      project.write('quick.yaml', quick)
      project.write('gated.yaml', gated)
      const done = String((await project.json('run', 'quick.yaml'))['run_id'])
      const waiting = String((await project.json('run', 'gated.yaml', '--no-wait'))['run_id'])
      const daemon = who.startsWith('a daemon') ? await project.daemon() : null
      expect(tab(project, 'orchd status ')).toEqual([waiting, done])
      expect(tab(project, `orchd status ${done.slice(0, 14)}`)).toContain(done)
      expect(tab(project, 'orchd approve ')).toEqual([waiting])
      expect(tab(project, 'orchd cancel ')).toEqual([waiting])
      expect(tab(project, `orchd approve ${waiting} `)).toEqual(['ok'])
      expect(tab(project, `orchd logs -f ${done} `)).toEqual(['a', 'b'])
      expect(tab(project, `orchd resume ${done} --decide a=`)).toEqual(['rerun', 'skip', 'fail'])
      expect(tab(project, 'orchd logs nosuch ')).toEqual([])
      daemon?.child.kill('SIGKILL')
      await daemon?.ended
      // What a killed holder leaves in its write-ahead log counts too.
      expect(tab(project, 'orchd status ')).toEqual([waiting, done])
    },
  )

  test('Tab starts nothing, makes nothing and says nothing where there is nothing', async () => {
    await using project = withProgram()
    project.write('empty/.git/HEAD', '')
    const { stdout } = spawnSync(project.path('bin/orchd'), ['__complete', '--', 'status', ''], {
      cwd: project.path('empty'),
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
    expect(readdirSync(project.path('empty'))).toEqual(['.git'])
    project.write('.orchd/orchd.db', 'this is no database')
    expect(tab(project, 'orchd status ')).toEqual([])
    expect(tab(project, 'orchd logs x ')).toEqual([])
    project.write('orchestrator_config.yaml', 'agents: [')
    expect(tab(project, 'orchd sta')).toEqual(['status'])
  })
})

const isHere = (command: string): boolean => spawnSync(command, ['--version']).status === 0

test.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['-n']],
])('the script for %s asks orchd, and has no mistake that the shell would see, if it is here', async (shell, check) => {
  await using project = new Project()
  const { stdout, code } = await project.orchd('completion', shell)
  project.write('script', stdout)
  expect([code, stdout]).toEqual([0, expect.stringMatching(/__complete -- [^]*:plans[^]*:files[^]*:folders/)])
  const { status, stderr } = isHere(shell)
    ? spawnSync(shell, [...check, project.path('script')], { encoding: 'utf8' })
    : { status: 0, stderr: '' }
  expect([status, stderr]).toEqual([0, ''])
})

test('a shell that is not known is told which are', async () => {
  await using project = new Project()
  const { code, stderr } = await project.orchd('completion', 'tcsh')
  expect([code, stderr]).toEqual([2, expect.stringContaining('Allowed choices are bash, zsh, fish')])
})

test('a holder that does not answer is not waited for', async () => {
  await using project = withProgram()
  project.write('quick.yaml', quick)
  await project.json('run', 'quick.yaml')
  const daemon = await project.daemon()
  daemon.child.kill('SIGSTOP')
  const from = performance.now()
  expect(tab(project, 'orchd status ')).toEqual([])
  expect(performance.now() - from).toBeLessThan(5000)
  daemon.child.kill('SIGCONT')
  expect(existsSync(join(project.folder, '.orchd/orchd.sock'))).toBe(true)
})
