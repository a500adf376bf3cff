/** A plan of 200 steps, its holder killed with SIGKILL thirty times and resumed: each step's effect happens exactly once. */
import { setTimeout as delay } from 'node:timers/promises'
import { check, Project, until } from './support/orchd.ts'

const steps = 200
const kills = 30

await using project = new Project({ MAX_PARALLEL_AGENTS: '8' })
const text = ['name: effects', 'steps:']
for (let i = 0; i < steps; i++) {
  const needs = [i - 8, i - 9].filter((need) => need >= 0).map((need) => `s${need}`)
  // The line is written in the middle of the step, so that kills also meet steps that have not had their effect yet.
  const ms = 100 + ((i * 7919) % 300)
  text.push(
    `  - id: s${i}`,
    `    depends_on: [${needs.join(', ')}]`,
    `    run: sleep 0.${ms}; echo s${i} >> effects.txt; sleep 0.05`,
  )
}
project.write('effects.yaml', `${text.join('\n')}\n`)

let holder = project.start(['run', 'effects.yaml', '--json'])
await until('the run is under way', () => holderWrote('attempt_finished'))
let killed = 0
let finished = false
while (killed < kills && !finished) {
  await delay(60 + ((killed * 37) % 200)) // the moment of the kill is meant to be arbitrary
  finished = holder.child.exitCode !== null
  if (finished) break
  holder.child.kill('SIGKILL')
  await holder.ended
  killed++
  holder = project.start(['resume', '--json'])
}
const last = await holder.ended
check(`the holder was killed ${killed} times`, killed === kills, last)
check('the last holder ends with exit 0', last.code === 0, last)

const lines = project.read('effects.txt').trimEnd().split('\n')
const counts = new Map<string, number>()
for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
check('no effect was lost', counts.size === steps, steps - counts.size)
const twice = [...counts].filter(([, count]) => count > 1).map(([step]) => step)
check('no effect happened twice', twice.length === 0, twice)
const [run] = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
check('the run is completed', run.status === 'completed', run)
await until('no process of the run is left', () => project.processes().length === 0)
check('no process of the run is left', project.processes().length === 0)

function holderWrote(word: string): Promise<boolean> {
  return project
    .orchd('ps', '--json')
    .then(({ stdout }) => (word === 'attempt_finished' ? /"finished":\s*[1-9]/.test(stdout) : false))
}
