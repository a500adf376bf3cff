import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

test('--input-file gives inputs by files and by standard input, also a pipe that says EAGAIN', async () => {
  await using project = new Project()
  project.write(
    'inputs.yaml',
    'name: inputs\ninputs:\n  token: { type: string }\n  count: { type: integer }\nsteps:\n  - id: show\n' +
      '    run: echo "$TOKEN ${#TOKEN} $COUNT"\n    env: { TOKEN: "${{ inputs.token }}", COUNT: "${{ inputs.count + 1 }}" }\n',
  )
  project.write('count', '41\n')
  const orchd = `"${process.execPath}" "${process.cwd()}/bin/orchd.js"`
  const command = `${orchd} run inputs.yaml --input-file token=- --input-file count=count --json`
  // Perl makes the reading end non-blocking, as a shell's other program may have, and then is the command.
  const nonBlocking = `perl -MFcntl -e 'fcntl(STDIN, F_SETFL, O_NONBLOCK); exec(@ARGV)' ${command}`
  const piped = spawnSync('bash', ['-c', `(sleep 0.3; echo s3same) | ${nonBlocking}`], {
    cwd: project.folder,
    encoding: 'utf8',
  })
  expect([piped.status, piped.stderr]).toEqual([0, ''])
  const id = String(JSON.parse(piped.stdout.trimEnd().split('\n').at(-1) ?? '').run_id)
  expect((await project.orchd('logs', id, 'show')).stdout).toBe('s3same 6 42\n')
  project.write('count', 'many\n')
  expect(await project.orchd('run', 'inputs.yaml', '--input', 'token=x', '--input-file', 'count=count')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('the input "count" must be a whole number, not "many"'),
  })
})
