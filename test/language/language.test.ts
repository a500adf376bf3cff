import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Case, readSuite } from './case.ts'
import { drive } from './drive.ts'
import { Host } from './host.ts'
import { judge } from './judge.ts'

// Every rule of the plan language with the plan that shows it, played by the built program. See cases/.

/** More than all cases want at once: no case waits for another. */
const plenty = 100

const host = new Host(plenty)
beforeAll(async () => void (await host.start()))
afterAll(() => host[Symbol.asyncDispose]())

describe.each(readSuite())('$title', { concurrent: true }, ({ cases }) => {
  test.each(cases)('$name: $rule', async (one) => {
    expect(judge(one, await play(one))).toEqual([])
  })
})

/** With the daemon of all, unless the case does something to it. */
async function play(one: Case): ReturnType<typeof drive> {
  if (one.slots === null && !one.actions.some(({ kind }) => kind === 'crash' || kind === 'lose'))
    return drive(host, one)
  await using own = await new Host(one.slots ?? plenty).start()
  return await drive(own, one)
}
