import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkPlan, readPlanFile } from '../../src/main/plans.ts'
import { decodePlan } from '../../src/plan/decode.ts'
import { loadConfig } from '../../src/config/load.ts'
import { temporaryFolder } from '../config/project.ts'

test('a file without an end is read as far as it can be a plan, and is too large', () => {
  const bytes = readPlanFile('/dev/zero', '/')
  expect(bytes.length).toBe(1024 * 1024 + 1)
  expect(decodePlan(bytes, 'zero')).toMatchObject({ ok: false, error: { code: 'TEXT_TOO_LARGE' } })
})

test('a file that is larger than memory is too large as well', () => {
  const folder = temporaryFolder()
  const file = join(folder, 'plan.yaml')
  writeFileSync(file, 'name: p\n')
  truncateSync(file, 2 ** 42)
  expect(readPlanFile(file, '/').length).toBe(1024 * 1024 + 1)
})

test('a plan of exactly 1 MiB is read whole', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'plan.yaml'), '#'.repeat(1024 * 1024))
  expect(readPlanFile('plan.yaml', folder).length).toBe(1024 * 1024)
})

test('a prompt file that is a fifo is a mistake of the plan, and nobody waits for it', () => {
  const folder = temporaryFolder()
  execFileSync('mkfifo', [join(folder, 'prompt.md')])
  const text = 'name: p\nsteps:\n  - { id: a, agent: simulated, prompt_file: prompt.md }\n'
  const { diagnostics } = checkPlan({
    bytes: Buffer.from(text),
    file: 'plan.yaml',
    projectFolder: folder,
    config: loadConfig({ projectFolder: folder, env: {} }).config,
    env: {},
    seesKeys: true,
    simulate: 'none',
    forRun: true,
    inputs: {},
  })
  expect(diagnostics).toMatchObject([{ severity: 'error', message: expect.stringContaining('not a regular file') }])
})
