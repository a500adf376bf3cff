import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Demonstrations that hold limits of time, or that need all of the machine: nothing else may run beside them. */
const alone = ['dead-collector', 'kill-thirty-times', 'layered-kills', 'old-runs', 'one-limit', 'self-check', 'thousand-plans'] // prettier-ignore

export const demosAlone = alone.map((name) => `demo/${name}.ts`)
export const otherDemos = globSync('demo/*.ts')
  .toSorted()
  .filter((demo) => !demosAlone.includes(demo))

// `self-check` runs this project's checks, and `fresh-clone` installs a clone: each takes a minute or two.
// At full size `layered-kills` takes ten.
const timeoutMs = process.env['ORCHD_TEST_SIZE'] === 'long' ? 1_800_000 : 280_000

/** A test for each: the demonstration itself says what went as it had to, and its exit code whether all did. */
export function testDemos(demos: readonly string[]): void {
  test.each(demos)('%s shows what it promises', { timeout: timeoutMs }, async (demo) => {
    const child = spawn(process.execPath, [demo], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(code, output).toBe(0)
    expect(output).toMatch(/^ok {3}/m)
  })
}
