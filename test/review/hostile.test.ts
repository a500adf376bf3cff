import { expect, test } from 'vitest'
import { SecretSearch } from '../../src/review/secrets/aside.ts'
import { patterns } from '../../src/base/secret-patterns.ts'
import { knownValues, ownMatches } from '../../src/review/secrets/own.ts'
import { searchFile } from '../../src/review/secrets/search.ts'

const bytes = 400_000
const fill = (text: string): string => text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes)

/** Beginnings of secrets, over and over, and what makes searches that backtrack go wrong. */
const hostile = [
  'eyJ.', 'eyJaaaaaaaaaaaaaaaa.', 'eyJaaaaaaaaaaaaaaaa.eyJaaaaaaaaaaaaaaaa.', 'a', ' ', '\n', '=', '"', 'api_key=', 'token: "a', 'password', 'secret=a1',
  '-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----\n', '-----BEGIN PRIVATE KEY-----\nAbcd: ', 'Abcd: ', '\\n', '\\\\n',
  'https://', 'https://a:', 'postgres://a:b@', 'a:b@', 'sk-ant-api03-', 'xoxb-1-1-', '123456789:AA', 'AKIA2',
  ...patterns.flatMap(({ prefixes }) => prefixes),
] // prettier-ignore

test('our own search takes linear time, whatever it is given', { timeout: 120_000 }, () => {
  for (const text of hostile.map(fill)) {
    const before = process.threadCpuUsage()
    ownMatches('a.env', text)
    const { user, system } = process.threadCpuUsage(before)
    // At most a microsecond for each byte; what is not linear takes minutes.
    expect((user + system) / 1000, JSON.stringify(text.slice(0, 40))).toBeLessThan(1000)
  }
})

test('so does the whole search of a file', { timeout: 120_000 }, async () => {
  for (const text of hostile.filter((_, at) => at % 6 === 0).map(fill)) {
    const before = process.threadCpuUsage()
    await searchFile('a.env', Buffer.from(text), [knownValues(['some-secret-value'])])
    const { user, system } = process.threadCpuUsage(before)
    expect((user + system) / 1000, JSON.stringify(text.slice(0, 40))).toBeLessThan(2000)
  }
})

test(
  'a file that takes too long is given up, and the others are searched all the same',
  { timeout: 120_000 },
  async () => {
    const ghp = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`
    const search = new SecretSearch([], 40)
    const slow = { path: 'slow', bytes: Buffer.from(`${ghp}\n`.repeat(100_000)) }
    const quick = { path: 'quick', bytes: Buffer.from(ghp) }
    // The first one also waits for the thread to start.
    const patient = new SecretSearch([])
    expect(await patient.search([quick], [])).toEqual([[{ rule: 'github_token', line: 1, sha256: expect.any(String) }]])
    await patient.close()
    const found = await search.search([slow, slow], [])
    await search.close()
    expect(found).toEqual([null, null])
  },
)
