/** 1,000 plans dropped into the inbox at once, 50 of them bad: each good one runs once, each bad one is told why. */
import { readdirSync, readFileSync, renameSync, writeFileSync, mkdirSync } from 'node:fs'
import { check, Project, until } from './support/orchd.ts'

await using project = new Project()
const daemon = await project.daemon()
mkdirSync(project.path('inbox'), { recursive: true })
mkdirSync(project.path('drop'))
for (let i = 0; i < 1000; i++) {
  const bad = i % 20 === 7
  const text = bad
    ? `name: p${i}\nsteps:\n  - id: a\n    runn: echo\n`
    : `name: p${i}\nsteps:\n  - id: a\n    run: echo p${i} >> ran.txt\n`
  const name = `p${String(i).padStart(4, '0')}.yaml`
  if (i % 2 === 0) writeFileSync(project.path('inbox', name), text)
  else {
    writeFileSync(project.path('drop', name), text)
    renameSync(project.path('drop', name), project.path('inbox', name))
  }
}
const list = (folder: string): string[] => {
  try {
    return readdirSync(project.path('inbox', folder)).filter((name) => name.endsWith('.yaml'))
  } catch {
    return []
  }
}
await until(
  'every file is accepted or rejected',
  () => list('accepted').length + list('rejected').length === 1000,
  60_000,
)
check('950 are accepted', list('accepted').length === 950, list('accepted').length)
check('50 are rejected', list('rejected').length === 50)
for (const name of list('rejected')) {
  const { diagnostics } = JSON.parse(readFileSync(project.path('inbox', 'rejected', `${name}.error.json`), 'utf8'))
  if (!(diagnostics[0].line === 4 && diagnostics[0].column === 5))
    throw new Error(`${name}: ${JSON.stringify(diagnostics)}`)
}
check('each rejected one has its diagnostic at line 4, column 5', true)

await until(
  'all runs are over',
  async () => {
    const { stdout } = await project.orchd('ps', '--json')
    return JSON.parse(stdout).length === 0
  },
  120_000,
)
const ran = project.read('ran.txt').trimEnd().split('\n')
check('each good plan ran exactly once', ran.length === 950 && new Set(ran).size === 950, ran.length)
daemon.child.kill('SIGTERM')
await daemon.ended
