/**
 * What the start of a step costs a holder with much memory: `node bench/launch.ts`'s work, in a process that keeps
 * 500 MB more, by the same without. Rounds are interleaved.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchAll } from './launch-steps.ts'
import { median, medianRatio } from './statistics.ts'
import type { Row } from './table.ts'

const steps = 500
const moreMb = 500

export async function benchHeap(rounds: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-bench-'))
  const once = (mb: number, round: number): number =>
    Number(
      execFileSync(process.execPath, [import.meta.filename, String(mb), join(folder, `${mb}-${round}`)], {
        encoding: 'utf8',
      }),
    )
  const plain: number[] = []
  const large: number[] = []
  for (let round = 0; round < rounds; round++) {
    plain.push(once(0, round))
    large.push(once(moreMb, round))
  }
  rmSync(folder, { recursive: true, force: true })
  return {
    what: `a step's start with ${moreMb} MB more memory`,
    figure: medianRatio(large, plain),
    unit: 'x',
    target: { atMost: 1.2 },
    note: `${us(large)} / ${us(plain)} µs a step, adapter and launcher alone`,
  }
}

const us = (values: readonly number[]): number => Math.round((median(values) * 1000) / steps)

/** Objects that stay, as the state of many runs would. */
function ballast(mb: number): readonly Uint8Array[] {
  return Array.from({ length: mb }, () => new Uint8Array(2 ** 20).fill(1))
}

if (import.meta.main) {
  const [mb = '0', folder = ''] = process.argv.slice(2)
  const kept = ballast(Number(mb))
  const { wallMs } = await launchAll(steps, 10, 'true', folder)
  process.stdout.write(`${wallMs}`, () => process.exit(kept.length === Number(mb) ? 0 : 1))
}
