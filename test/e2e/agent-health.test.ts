import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

/** A project whose agent `shaky` is not well until its file `well` is there; each time that it is asked is a line in `asks`. */
function project(): Project {
  const made = new Project()
  const check = made.write('check.sh', `echo asked >> ${made.path('asks')}\ntest -e ${made.path('well')}\n`)
  made.write(
    'orchestrator_config.yaml',
    `agents:
  shaky: { type: simulated, status: active, capabilities: [writing] }
  steady: { type: simulated, status: active, capabilities: [writing] }
health_checks:
  shaky: { command: "sh ${check}", interval: 20ms, timeout: 10s }
`,
  )
  return made
}

/** The fourth time that it is asked, three failures in a row are known. */
const plan = (more: string): string => `name: p
steps:
  - id: down
    run: until test "$(cat asks | wc -l)" -ge 4; do sleep 0.02; done
  - id: work
    depends_on: [down]
    agent: shaky
    prompt: Do it.
${more}`

test('a step for an agent that is down goes to its fallback, and the run tells why', async () => {
  await using made = project()
  made.write('plan.yaml', plan('    fallback: [steady]\n'))
  const { stdout } = await made.orchd('run', 'plan.yaml', '--json')
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.at(-1)).toMatchObject({ status: 'completed', steps: [{ id: 'down' }, { id: 'work', agent: 'steady' }] })
  const started = events.find(({ type, step }) => type === 'attempt_started' && step === 'work')
  expect(started.why).toBe('the fallback; shaky is down')
})

test('a step that has no other agent waits until it is well again, and explain says so', async () => {
  await using made = project()
  made.write('plan.yaml', plan(''))
  const daemon = await made.daemon()
  const { run_id: run } = await made.json('run', 'plan.yaml', '--detach')
  const explain = async (): Promise<string> => (await made.orchd('explain', String(run), 'work')).stdout
  await until('it waits', async () => (await explain()).includes('waits for shaky'))
  expect(await explain()).toContain('waits for shaky: it is down (its health check ended with 1)')
  made.write('well', '')
  await until('the run is over', async () => (await made.json('status', String(run)))['status'] === 'completed')
  daemon.child.kill('SIGTERM')
  await daemon.ended
})
