import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { permissionsFrom } from '../../../src/plan/permissions.ts'
import type { PermissionWords } from '../../../src/plan/plan.ts'
import type { AttemptSketch } from '../../agents/attempt.ts'
import { inputOf, made, run } from './openai-rig.ts'
import { patchCall, shellCall } from './responses-server.ts'

const confined = (words: PermissionWords): Partial<AttemptSketch> => ({
  spec: { confinement: { sandbox: 'required', permissions: permissionsFrom(words) }, permissions: words },
  env: { NODE_OPTIONS: '--require=./evil.cjs', SEEN: 'by commands' },
})

test('commands and patches are confined, and the driver asks the service from outside', async () => {
  const look = 'echo "$HOME $SEEN"; echo "key: $OPENAI_API_KEY"; touch out/side 2>&1; ls -a .orchd'
  await using all = await made(
    [
      { output: [shellCall([look])] },
      {
        output: [
          patchCall({ type: 'create_file', path: 'a.txt', diff: '+one' }),
          patchCall({ type: 'create_file', path: '.orchd/x', diff: '+x' }),
        ],
      },
      { output: [patchCall({ type: 'update_file', path: 'a.txt', diff: '@@\n-one\n+two' })] },
    ],
    { permissions: {} },
  )
  mkdirSync(join(all.project, '.orchd'))
  writeFileSync(join(all.project, '.orchd', 'journal'), 'x')
  writeFileSync(join(all.project, 'evil.cjs'), "require('fs').writeFileSync(__dirname + '/evil', '')")
  expect(await run(all, confined({}))).toMatchObject({ outcome: 'success', sandbox: 'enforced' })
  const [{ stdout = '' } = {}] = inputOf(all.server, 1)[0]!['output'] as { stdout?: string }[]
  expect(stdout).toContain('/run/orchd/home by commands\nkey: \n')
  expect(stdout).not.toContain('journal')
  expect(inputOf(all.server, 2)).toMatchObject([{ status: 'completed' }, { status: 'failed' }])
  expect(readFileSync(join(all.project, 'a.txt'), 'utf8')).toBe('two\n')
  expect(existsSync(join(all.project, '.orchd', 'x'))).toBe(false)
  expect(existsSync(join(all.project, 'evil'))).toBe(false)
})

test('a folder that is only to be read is not written', async () => {
  await using all = await made([{ output: [shellCall(['touch written'])] }], { permissions: {} })
  expect(await run(all, confined({ file_system: 'read_only' }))).toMatchObject({ outcome: 'success' })
  expect(all.server.requests[0]!['tools']).toHaveLength(1)
  expect(existsSync(join(all.project, 'written'))).toBe(false)
})

test('a command that hangs is ended with its sandbox', async () => {
  await using all = await made([{ output: [shellCall(['touch begun; tail -f /dev/null'], { timeout_ms: 500 })] }], {
    permissions: {},
  })
  expect(await run(all, confined({}))).toMatchObject({ outcome: 'success' })
  expect(inputOf(all.server, 1)[0]!['output']).toMatchObject([{ outcome: { type: 'timeout' } }])
})
