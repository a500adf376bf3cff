import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cliPage } from '../../scripts/gen/cli-page.ts'
import { exitCodes } from '../../src/surfaces/cli/exit-code.ts'

const page = readFileSync('docs/cli.md', 'utf8')

test('docs/cli.md shows the help that the commands give (npm run gen)', () => {
  expect(cliPage()).toBe(page)
})

test('docs/cli.md lists every exit code', () => {
  for (const code of Object.values(exitCodes)) expect(page).toContain(`\n| ${code} |`)
})
