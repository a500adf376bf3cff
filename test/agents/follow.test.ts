import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type Follow, followStream } from '../../src/agents/cli/follow.ts'
import type { AgentEvent } from '../../src/agents/events.ts'

const finished: AgentEvent = { type: 'finished', outcome: 'success', cause: null, text: null, answer: null }

/** Follows a log that is there already; `lines` grows with what was read of it. */
function following(log: string, parse: Follow['parse']): { readonly settled: () => boolean; end(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-follow-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'output.raw'), log)
  let isSettled = false
  const end = followStream({
    folder,
    parse,
    redact: (text) => text,
    lingerMs: 0,
    patienceMs: 600_000,
    silenceMs: null,
    adopted: false,
    settled: () => (isSettled = true),
    stalled: () => {},
  })
  return { settled: () => isSettled, end: () => void end() }
}

test('an agent that floods its log leaves the holder time for everything else', async () => {
  let thisTurn = 0
  let most = 0
  const log = `${'y\n'.repeat(2 ** 20)}end\n`
  const follow = following(log, (line) => {
    most = Math.max(most, ++thisTurn)
    return line === 'end' ? [finished] : [{ type: 'noise', text: line }]
  })
  while (!follow.settled()) {
    await nextTurn()
    thisTurn = 0
  }
  follow.end()
  expect(most).toBeLessThanOrEqual(2 ** 19)
})

test('the end of the watch does not wait for all that a flood has left', () => {
  let lines = 0
  const follow = following('y\n'.repeat(2 ** 20), () => {
    lines++
    return []
  })
  follow.end()
  expect(lines).toBeLessThanOrEqual(2 ** 19)
})
