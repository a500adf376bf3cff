import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'
import { long, report } from './size.ts'

const rounds = long ? 100 : 5
const program = join(import.meta.dirname, '../../bin/orchd.js')

/** The system calls of one run of two steps, in the order in which the kernel saw them. */
function traced(project: Project): readonly string[] {
  const calls = 'trace=write,writev,pwrite64,fsync,fdatasync,execve'
  const args = [
    '-f',
    '--seccomp-bpf',
    '-y',
    '-s',
    '5000',
    '-e',
    calls,
    '-o',
    project.path('trace'),
    process.execPath,
    program,
    'run',
  ]
  const { error, status, stderr } = spawnSync('strace', [...args, 'plan.yaml'], {
    cwd: project.folder,
    env: project.env,
    encoding: 'utf8',
  })
  if (error !== undefined) {
    throw new Error('this test needs strace: apt-get install strace (Debian, Ubuntu)', { cause: error })
  }
  if (status !== 0) throw new Error(`strace or the run failed with ${status}: ${stderr}`)
  return project.read('trace').split('\n')
}

/**
 * What came in the wrong order for a step, in words. Intent, disk, launcher, process; and its end is on the disk before
 * anybody is told.
 */
function misplaced(lines: readonly string[], step: string): string[] {
  const after = (from: number, what: string, matches: (line: string) => boolean): number => {
    const at = lines.findIndex((line, index) => index > from && matches(line))
    if (at === -1) throw new Error(`${step}: there is no ${what} behind line ${from + 1}`)
    return at
  }
  const journalled = (event: string) => (line: string) =>
    line.includes('pwrite64(') && line.includes('orchd.db-wal>') && line.includes(`${event}{\\"step\\":\\"${step}\\"`)
  const synced = (line: string): boolean =>
    /f(data)?sync\(\d+<[^>]*orchd\.db-wal>\) *= 0$/.test(line) || resumed.has(line)
  const resumed = new Set(resumedSyncs(lines))

  const intent = after(-1, 'intent', journalled('attempt_started'))
  const intentSynced = after(intent, 'sync of the intent', synced)
  const noted = after(intent, 'note', (line) => line.includes('orchd.db-seq>'))
  const sent = after(-1, 'word to the launcher', (line) => line.includes(`/${step}/1\\0/`) && line.includes('start\\0'))
  const spawned = after(-1, 'process', (line) => line.includes(`execve(`) && line.includes(`"effect-${step}"]`))
  const end = after(spawned, 'end', journalled('attempt_finished'))
  const endSynced = after(end, 'sync of the end', synced)
  // Strace writes the end of a line as \n, and a chunk may tell of several events.
  const news = new RegExp(String.raw`event: attempt_finished\\ndata: ((?!\\n).)*\\"step\\":\\"${step}\\"`)
  const told = after(spawned, 'news', (line) => news.test(line))

  const order = { intent, intentSynced, sent, spawned, end, endSynced, told }
  const names = Object.keys(order)
  const places = Object.values(order)
  const wrong = names.filter((_, index) => index > 0 && places[index]! <= places[index - 1]!)
  return noted < intentSynced ? [...wrong, 'noted'] : wrong
}

/** The lines that tell the end of a sync during which another process was seen. */
function resumedSyncs(lines: readonly string[]): string[] {
  const waiting = new Set<string>()
  return lines.filter((line) => {
    const [pid] = line.split(' ', 1)
    if (/f(data)?sync\(\d+<[^>]*orchd\.db-wal> <unfinished/.test(line)) waiting.add(pid!)
    return /<\.\.\. f(data)?sync resumed>.*= 0$/.test(line) && waiting.delete(pid!)
  })
}

test(
  `in ${rounds} runs a step is written down and synced before it begins, and its end before anybody is told`,
  { timeout: 1_200_000 },
  async () => {
    let lines: readonly string[] = []
    for (let round = 0; round < rounds; round++) {
      await using project = new Project()
      project.write(
        'plan.yaml',
        'name: p\nsteps:\n  - { id: a, run: touch effect-a }\n  - { id: b, depends_on: [a], run: touch effect-b }\n',
      )
      lines = traced(project)
      expect([...misplaced(lines, 'a'), ...misplaced(lines, 'b')], `run ${round}`).toEqual([])
    }
    report('fsync order', { rounds, inOrder: rounds })
    const unsynced = lines.filter((line) => !/f(data)?sync/.test(line))
    expect(() => misplaced(unsynced, 'a')).toThrow('there is no sync of the intent')
    const late = [...lines.filter((line) => /execve.*effect-b/.test(line)), ...lines]
    expect(misplaced(late, 'b')).toContain('spawned')
  },
)
