import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

const secret = 'hunter2-and-more'

const child = `name: child
inputs: { token: { type: string, secret: true } }
steps:
  - id: use
    run: 'echo "child $T"; echo "$T" | rev; echo "said=$T" >> "$ORCHD_OUTPUT"'
    env: { T: "Bearer \${{ inputs.token }}" }
`
const plan = `name: parent
inputs: { token: { type: string, secret: true } }
steps:
  - id: direct
    run: 'echo "direct $T"; printf "%s" "$T" > used; while [ ! -e go ]; do sleep 0.05; done; [ "$ORCHD_ATTEMPT" -gt 1 ]'
    env: { T: "\${{ inputs.token }}" }
    retry: { max_attempts: 2, delay: 10ms }
  - id: sub
    depends_on: [direct]
    plan: child.yaml
    with: { token: "\${{ inputs.token }}" }
`

/** Every file below a folder that holds the text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text))
}

test('a secret input reaches the processes that need it, across a crash, and nothing else', async () => {
  await using project = new Project()
  project.write('child.yaml', child)
  project.write('parent.yaml', plan)
  const given = ['--input', `token=${secret}`]
  const holder = project.start(['run', 'parent.yaml', '--json', ...given])
  await until('the step has its secret', () => existsSync(project.path('used')) && project.read('used') !== '')
  // While a step runs its raw output is on disk; whoever asks for it gets it redacted.
  const [running] = JSON.parse((await project.orchd('ps', '--json')).stdout)
  const log = await project.orchd('logs', String(running.run_id), 'direct')
  expect(log.stdout).toBe('direct ***\n')
  holder.child.kill('SIGKILL')
  const first = await holder.ended
  project.write('go', '')
  const second = await project.orchd('resume', '--json')
  expect(second.code).toBe(0)

  const run = await project.json('status', String(running.run_id))
  expect(run['status']).toBe('completed')
  expect(JSON.stringify(run['steps'])).toContain('"said":"***"')
  const logs = await project.orchd('logs', String(running.run_id), 'sub/use')
  expect(logs.stdout).toContain('child ***')
  for (const text of [first.stdout, first.stderr, second.stdout, second.stderr]) expect(text).not.toContain(secret)
  expect(first.stdout).toContain('"inputs":{"token":"***"}')
  // The step itself wrote it to a file of the project; orchd wrote it nowhere.
  expect(filesWith(project.folder, secret)).toEqual([project.path('used')])
})

test('a value that does not fit is not shown, and a run whose key is gone says so', async () => {
  await using project = new Project()
  project.write(
    'number.yaml',
    'name: n\ninputs: { pin: { type: integer, secret: true } }\nsteps: [{ id: a, run: "true" }]\n',
  )
  const refused = await project.orchd('run', 'number.yaml', '--input', `pin=${secret}`)
  expect([refused.code, refused.stdout + refused.stderr]).toEqual([2, expect.not.stringContaining(secret)])
  expect(refused.stderr).toContain('it is secret, so it is not shown')
})
