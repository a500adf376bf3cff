import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { createJournal } from '../../src/engine/sqlite/journal.ts'
import { openDatabase } from '../../src/engine/sqlite/open.ts'
import type { NewEvent } from '../../src/ports/journal.ts'
import { runId } from '../../src/base/ids.ts'
import { ask } from '../http/raw.ts'
import { variedRun } from '../support/varied-run.ts'
import { long, report } from './size.ts'

const starts = long ? 15 : 3

/** From the start of the program to its answer that it is ready: the best of a few, since other work is no fault of it. */
async function timesToReady(project: Project): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < starts; i++) {
    const from = performance.now()
    const daemon = project.start(['daemon'])
    await until('it is ready', async () => {
      const answer = await ask(project.path('.orchd/orchd.sock'), '/readyz').catch(() => null)
      return answer?.status === 200
    })
    times.push(Math.round(performance.now() - from))
    daemon.child.kill('SIGKILL')
    await daemon.ended
  }
  return times.toSorted((a, b) => a - b)
}

const days = 86_400_000

/** Runs as they are in a journal after a while, every fiftieth of them unfinished: it waits at a gate. */
function writeHistory(project: Project, runs: number): number {
  const database = openDatabase(project.path('.orchd'))
  const journal = createJournal(database)
  const at = Date.now() - 40 * days
  for (let number = 0; number < runs;) {
    const entries: NewEvent[] = []
    for (const end = number + 50; number < end; number++)
      entries.push(...entriesOf(number, at, journal.lastSeq() + 1 + entries.length))
    journal.append(entries)
  }
  const count = journal.lastSeq()
  database.close()
  return count
}

function entriesOf(number: number, at: number, first: number): NewEvent[] {
  const all = variedRun(at + number)
  const waits = number % 50 === 0
  const events = waits
    ? all.slice(
        0,
        all.findIndex(({ type }) => type === 'gate_decided'),
      )
    : all
  const id = runId(`r${String(number).padStart(14, '0')}`)
  const row = {
    runId: id,
    plan: 'varied',
    submittedAt: at + number,
    finishedAt: waits ? null : (events.at(-1)?.at ?? null),
    outcome: waits ? null : 'success',
    key: null,
  } as const
  return events.map((event, index) => ({ seq: first + index, runId: id, event, row: index === 0 ? row : null }))
}

test(
  'a daemon is ready in less than 1 s, and in less than 3 s with 1,000 runs behind it',
  { timeout: 300_000 },
  async () => {
    await using project = new Project()
    const empty = await timesToReady(project)
    const events = writeHistory(project, 1000)
    const withHistory = await timesToReady(project)
    const { stdout } = await project.orchd('ps', '--json')
    expect(JSON.parse(stdout)).toHaveLength(20)
    report('cold start', { starts, emptyMs: empty, withHistoryMs: withHistory, runs: 1000, events })
    expect(empty[0]).toBeLessThan(1000)
    expect(withHistory[0]).toBeLessThan(3000)
  },
)
