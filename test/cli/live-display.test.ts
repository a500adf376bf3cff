import { expect, test, vi } from 'vitest'
import { liveDisplay } from '../../src/surfaces/cli/follow/live-display.ts'
import { promptFor } from '../../src/surfaces/cli/follow/gate-prompt.ts'
import { uncolored } from '../../src/surfaces/cli/view/palette.ts'
import { applyFact } from '../../src/surfaces/cli/view/apply-fact.ts'
import { viewOf } from '../../src/surfaces/cli/view/view-of.ts'
import type { RunView } from '../../src/surfaces/cli/view/run-view.ts'
import { gate, plan, step } from '../support/plans.ts'
import { KernelRun } from '../support/runs.ts'
import { Recorded } from './terminal.ts'
import { entriesOf, factsIn, snapshot } from './watched.ts'

type Shown = { readonly out: Recorded; readonly view: RunView; readonly display: ReturnType<typeof liveDisplay> }

function show(run: KernelRun, size = { columns: 60, rows: 12 }): Shown {
  const out = new Recorded(size)
  const view = viewOf(snapshot(run), { fromStart: true })
  const prompt = (): ReturnType<typeof promptFor> => promptFor(view, null)
  return { out, view, display: liveDisplay({ stderr: out, paint: uncolored, view, lastLines: new Map(), prompt }) }
}

function feed({ view, display }: Shown, run: KernelRun): void {
  for (const fact of factsIn(entriesOf(run))) {
    applyFact(view, fact)
    display.fact(view, fact)
  }
}

test('a thousand facts at once are a handful of draws', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'] })
  try {
    const run = new KernelRun(plan(Array.from({ length: 300 }, (_, i) => step(`s${i}`))))
    for (let i = 0; i < 300; i++) run.run(`s${i}`)
    const shown = show(run)
    feed(shown, run)
    await vi.advanceTimersByTimeAsync(1000)
    expect(shown.out.writes.length).toBeLessThanOrEqual(2)
    shown.display.close()
    await vi.advanceTimersByTimeAsync(5000)
    expect(shown.out.screen.at(-2)).toBe('300 of 300 done')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('while time counts the tree is drawn each second, and not when nothing changes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'], now: 1_000_000 })
  try {
    const run = new KernelRun(plan([step('a'), step('b', ['a'])])).start('a')
    const shown = show(run)
    feed(shown, run)
    await vi.advanceTimersByTimeAsync(3500)
    expect(shown.out.screen).toContain(' ● a      3.0s  shell')
    const drawn = shown.out.writes.length
    await vi.advanceTimersByTimeAsync(2000)
    expect(shown.out.writes.length).toBe(drawn + 2)
    shown.display.close()
    shown.display.close()
  } finally {
    vi.useRealTimers()
  }
})

test('an open gate is asked about below the tree, within the screen, also after it was resized', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'], now: 1_000_000 })
  try {
    const steps = Array.from({ length: 50 }, (_, i) => step(`s${i}`))
    const run = new KernelRun(plan([...steps, step('ok', [], { body: gate() })]))
    const shown = show(run)
    feed(shown, run)
    await vi.advanceTimersByTimeAsync(200)
    expect(shown.out.screen.slice(-3)).toEqual(['? ok: go on?', '  [a]pprove  [r]eject', ''])
    expect(shown.out.screen.length).toBeLessThanOrEqual(12)
    shown.out.columns = 20
    shown.out.rows = 6
    shown.out.writes.length = 0
    shown.out.emit('resize')
    await vi.advanceTimersByTimeAsync(1)
    const drawn = shown.out.writes.join('').split('\n')
    expect(drawn.length).toBeLessThanOrEqual(6)
    shown.display.close()
  } finally {
    vi.useRealTimers()
  }
})
