import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { expect, test } from 'vitest'

// `self-check` runs this project's checks, and `fresh-clone` installs a clone: each takes a minute or two.
// At full size `layered-kills` takes ten.
const timeoutMs = process.env['ORCHD_TEST_SIZE'] === 'long' ? 1_800_000 : 280_000

test.each(globSync('demo/*.ts').toSorted())('%s shows what it promises', { timeout: timeoutMs }, async (demo) => {
  const child = spawn(process.execPath, [demo], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(code, output).toBe(0)
  expect(output).toMatch(/^ok {3}/m)
})
