import { describe, expect, test } from 'vitest'
import { codexProtocol } from '../../src/agents/codex/protocol.ts'
import { costAt, listPriceOf } from '../../src/agents/list-price.ts'
import { cliRig } from './cli-rig.ts'

const price = {
  input_per_million: 2,
  output_per_million: 10,
  cache_read_per_million: 0.5,
  large: { input_per_million: 4, output_per_million: 20 },
}
const usage = { inputTokens: 3702, outputTokens: 63, cacheReadTokens: 3000, cacheWriteTokens: 0, reasoningTokens: 21 }

describe('list prices', () => {
  test('count each token once, by its kind', () => {
    expect(costAt(listPriceOf(price, null)!, usage)).toBe(0.003534) // 702 * 2 + 3000 * 0.5 + 63 * 10
  })

  test('are those of the model where it has its own, cached input included', () => {
    expect(costAt(listPriceOf(price, 'large')!, usage)).toBe(0.016068) // 3702 * 4 + 63 * 20
    expect(listPriceOf(price, 'another')).toEqual(listPriceOf(price, null))
  })

  test('that leave out input or output are none', () => {
    expect([listPriceOf(null, null), listPriceOf({ input_per_million: 2 }, null)]).toEqual([null, null])
  })

  test('stand in for a cost that the agent does not tell, and it is told that they do', async () => {
    await using rig = cliRig({ protocol: codexProtocol, agent: { price } })
    const result = await rig.run(rig.attempt({ replay: 'codex/edit' }))
    expect(result).toMatchObject({ usage, costUsd: 0.003534, costSource: 'list_price' })
    const silent = await rig.run(rig.attempt({ replay: 'codex/ends-early' }, { step: 'two' }))
    expect(silent).toMatchObject({ usage: null, costUsd: null })
    expect(silent.costSource).toBeUndefined()
  })
})
