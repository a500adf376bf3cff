import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = 'docs/reliability.md'

/** The rows of the page's table: `R1` and the rest of its line. */
const rows = Array.from(readFileSync(page, 'utf8').matchAll(/^\| (R\d+) \|(.*)$/gm), ([, name = '', rest = '']) => ({
  name,
  files: Array.from(rest.matchAll(/`((?:test|demo)\/[^`]+\.ts)`/g), ([, file = '']) => file),
}))

test.each(rows)(`${page}: $name names tests that exist`, ({ files }) => {
  expect(files.length).toBeGreaterThan(0)
  expect(files.filter((file) => !existsSync(file))).toEqual([])
})

test(`each test in test/proof has a row in ${page}`, () => {
  const named = new Set(rows.flatMap(({ files }) => files))
  expect(globSync('test/proof/**/*.test.ts').filter((file) => !named.has(file))).toEqual([])
})

test(`the rows of ${page} are in order, each once`, () => {
  const numbers = rows.map(({ name }) => Number(name.slice(1)))
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
})
