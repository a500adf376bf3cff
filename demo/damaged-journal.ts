/**
 * The journal of a run whose holder was killed, cut and flipped at many places (10,000 with ORCHD_TEST_SIZE=long): each
 * time it is read as it was, or refused with a clear message and left alone; never anything else. Undamaged, the run goes on.
 */
import { cpSync } from 'node:fs'
import { Random } from '../test/support/random.ts'
import { cutAt, type Files, filesOf, flipped, opened, Workbench } from './support/damage.ts'
import { check, Project, until } from './support/orchd.ts'

const places = process.env['ORCHD_TEST_SIZE'] === 'long' ? 10_000 : 200
const seed = Number(process.env['ORCHD_FIRST_SEED'] ?? Date.now() % 1e6)
console.log(`${places} places, seed ${seed}`)

await using project = new Project({ MAX_PARALLEL_AGENTS: '4' })
const text = ['name: effects', 'steps:']
for (let i = 0; i < 40; i++)
  text.push(`  - id: s${i}\n    run: echo s${i} >> effects.txt; sleep 0.1\n    on_crash: retry`)
project.write('effects.yaml', `${text.join('\n')}\n`)
project.write('effects.txt', '')
const holder = project.start(['run', 'effects.yaml', '--json'])
await until('half of it is done', () => project.read('effects.txt').split('\n').length > 20)
holder.child.kill('SIGKILL')
await holder.ended

const files = filesOf(project.path('.orchd'))
const random = new Random(seed)
using bench = new Workbench()
const truth = opened(bench.lay(files))
if (!('content' in truth)) throw new Error('the journal of a killed holder cannot be read', { cause: truth })

let [asItWas, refused] = [0, 0]
const wrong: string[] = []
let refusedFiles: Files | null = null
for (let place = 0; place < places; place++) {
  const part = random.chance(0.5) ? 'orchd.db' : 'orchd.db-wal'
  const at = random.below(files[part]?.length ?? 0)
  const mask = 1 + random.below(255)
  const damaged = random.chance(0.5) ? cutAt(files, part, at) : flipped(files, part, at, mask)
  const result = opened(bench.lay(damaged))
  if ('content' in result && result.content === truth.content) asItWas++
  else if ('refused' in result) {
    refused++
    refusedFiles = damaged
  } else
    wrong.push(`${part} at ${at}, mask ${mask}: ${'unclear' in result ? String(result.unclear) : 'something else'}`)
}
console.log(`${asItWas} times read as it was, ${refused} times refused`)
check('a damaged journal is never silently wrong', wrong.length === 0, wrong)
check('some damage was refused, and some did not matter', refused > 0 && asItWas > 0)

if (refusedFiles !== null) cpSync(bench.lay(refusedFiles), project.path('damaged'), { recursive: true })
const { code, stderr } = await project.orchd('ps', '--all', '--state', project.path('damaged'))
console.log(stderr.trim())
check('orchd says so, with what to do, and exits 75', code === 75 && /STATE_CORRUPT[^]*backup/.test(stderr), stderr)

const resumed = await project.orchd('resume', '--json')
check('the undamaged run goes on to its end', resumed.code === 0, resumed)
const lines = project.read('effects.txt').trimEnd().split('\n')
check('with every effect', new Set(lines).size === 40, lines)
