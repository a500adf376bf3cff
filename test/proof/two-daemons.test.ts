import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { ask } from '../http/raw.ts'
import { Random } from '../support/random.ts'
import { long, report, seed } from './size.ts'

const races = long ? 100 : 12
/** How many races one state folder sees: the first of them makes it. */
const racesOfFolder = 4

test(
  `seed ${seed}: of two daemons that begin at once on one state folder exactly one holds it`,
  { timeout: 1_200_000 },
  async () => {
    const random = new Random(seed)
    let won = 0
    for (let race = 0; race < races; race += racesOfFolder) {
      await using project = new Project()
      for (let turn = 0; turn < Math.min(racesOfFolder, races - race); turn++) {
        const first = project.start(['daemon'])
        await delay(random.chance(0.3) ? 0 : random.below(60)) // any distance between the two is the point
        const second = project.start(['daemon'])
        const loser = await Promise.race([first, second].map(async (daemon) => ({ daemon, ...(await daemon.ended) })))
        const winner = loser.daemon === first ? second : first
        expect([loser.code, loser.stderr], `race ${race + turn}`).toEqual([75, expect.stringContaining('STATE_BUSY')])
        await until('the winner answers', async () => {
          if (winner.child.exitCode !== null) throw new Error(`both ended: ${(await winner.ended).stderr}`)
          const answer = await ask(project.path('.orchd/orchd.sock'), '/api/v1/info').catch(() => null)
          return (answer?.json as { pid?: number } | null)?.pid === winner.child.pid
        })
        const noted = JSON.parse(project.read('.orchd/daemon.json'))
        expect([noted.pid, winner.child.exitCode]).toEqual([winner.child.pid, null])
        won++
        // A holder that was killed leaves its files behind, and the next two meet them.
        winner.child.kill(random.chance(0.5) ? 'SIGKILL' : 'SIGTERM')
        await winner.ended
      }
    }
    report('two daemons', { races, won })
    expect(won).toBe(races)
  },
)
