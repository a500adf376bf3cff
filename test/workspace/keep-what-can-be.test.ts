import { expect, test } from 'vitest'
import { GitError } from '../../src/workspace/git.ts'
import { keepWhatCanBe } from '../../src/workspace/keep-what-can-be.ts'

const said = { exitCode: 128, stdout: '', stderr: 'fatal: no' }

/** What is asked for when keeping the whole fails with an error, and what comes of it. */
async function askedWhen(error: Error): Promise<{ readonly asked: readonly string[]; readonly came: unknown }> {
  const asked: string[] = []
  const keep = async (part: string): Promise<void> => {
    asked.push(part)
    if (part === 'whole') throw error
  }
  try {
    return { asked, came: await keepWhatCanBe(keep) }
  } catch (thrown) {
    return { asked, came: thrown }
  }
}

test('what fails is tried again, and then without what cannot be kept', async () => {
  const { asked, came } = await askedWhen(new GitError(['add'], said))
  expect(asked).toEqual(['whole', 'whole', 'possible'])
  expect(came).toBe('git add: exit code 128: fatal: no')
})

test('what took too long is not tried again', async () => {
  const late = new GitError(['add'], said, true)
  expect(await askedWhen(late)).toEqual({ asked: ['whole'], came: late })
})
