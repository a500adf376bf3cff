/** From a repository to its first run: `orchd init` finds out how it is tested, and the plan that it writes runs at once. */
import { execFileSync } from 'node:child_process'
import { check, Project } from './support/orchd.ts'

const packageJson = JSON.stringify({ name: 'shop', version: '1.0.0', scripts: { test: 'node --test' } })
const lockFile = JSON.stringify({
  name: 'shop',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: { '': { name: 'shop', version: '1.0.0' } },
})

await using project = new Project()
project.write('package.json', packageJson)
project.write('package-lock.json', lockFile)
project.write('shop.test.js', "require('node:test')('adds up', () => require('node:assert').equal(1 + 1, 2))\n")
execFileSync('git', ['init', '--quiet'], { cwd: project.folder })

const init = await project.orchd('init')
console.log(init.stdout)
check('init finds how the project is made ready and tested', /npm ci[^]*npm test/.test(init.stdout), init)
const again = await project.json('init')
check('a second init leaves everything as it is', !JSON.stringify(again).includes('written'), again)

const plan = 'plans/first.yaml'
console.log(project.read(plan))
check('its plan is valid', (await project.orchd('validate', plan)).code === 0)
check('and formatted', (await project.orchd('fmt', '--check', plan)).code === 0)
const run = await project.json('run', plan)
check('and runs at once, without any account', run['status'] === 'completed', run)
const staged = execFileSync('git', ['diff', '--cached', '--name-only'], { cwd: project.folder, encoding: 'utf8' })
check('git was told nothing', staged === '', staged)
