import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shellRig, until } from './rig.ts'

const token = 'tok_Zm9vL2Jhcg+/42'
const password = 'hunter2-and-more'

/** The files below a folder that hold a text. */
const filesWith = (folder: string, text: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map((entry) => entry.name)

test('a step gets the secrets that it names, and leaves none of them on the disk or in its result', async () => {
  await using rig = shellRig({ secretValues: [password] })
  const attempt = rig.attempt(
    `printf '%s' "\${TOKEN:0:9}"; sleep 0.05; printf '%s\\n' "\${TOKEN:9}"
     printf '%s' "$TOKEN" | base64; echo "the password is ${password}"
     printf 'token=%s' "$TOKEN" > $ORCHD_OUTPUT; echo "gave up with $TOKEN"`,
    { secrets: { TOKEN: token } },
  )
  const result = await rig.run(attempt)
  expect(result).toMatchObject({ outcome: 'success', outputs: { token: '***' } })
  expect(rig.file(attempt, 'output.log')).toBe('***\n***=\nthe password is ***\ngave up with ***\n'.replace('=', ''))
  expect(filesWith(rig.stateFolder, password)).toEqual([])
  // What a step itself writes to $ORCHD_OUTPUT stays its own.
  expect(filesWith(rig.stateFolder, token)).toEqual(['outputs'])
})

test('the message of a failure is redacted', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo "cannot log in with $TOKEN"; exit 1', { secrets: { TOKEN: token } })
  expect((await rig.run(attempt)).message).toBe('exit code 1: cannot log in with ***')
})

test('outputs are redacted in names, in depth, and where they are numbers', async () => {
  await using rig = shellRig({ secretValues: ['12345678'] })
  const attempt = rig.attempt(`echo '{"list": [{"k12345678": 12345678}, "x12345678x", true]}' > $ORCHD_OUTPUT`)
  expect((await rig.run(attempt)).outputs).toEqual({ list: [{ 'k***': '***' }, 'x***x', true] })
})

test('values of secrets are in no command line', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo ready; sleep 1000', { secrets: { TOKEN: token } })
  const ended = rig.run(attempt)
  await until('its line', () => rig.file(attempt, 'output.raw'))
  const commandLines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
  expect(commandLines.filter((line) => line.includes(token))).toEqual([])
  rig.shell.stop(attempt, 'killed')
  await ended
})

test('a log that is cut shows no half of a secret at the cut', async () => {
  const outputCaps = { headBytes: 10_000, tailBytes: 10_000 }
  await using rig = shellRig({ outputCaps, secretValues: [password] })
  const attempt = rig.attempt(`for i in $(seq 3000); do printf '%s' ${password}; done`)
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', outputTruncated: true })
  const log = rig.file(attempt, 'output.log')!
  expect(log.replaceAll(/\*|\n\[\.\.\. \d+ bytes cut \.\.\.\]\n/g, '')).toBe('')
})
