/** ninja and make on the same graph, cold: each time from nothing, from start to end of the process. */
import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeText, ninjaText, type Shape } from './shapes.ts'
import { cpuSecondsOfEnded } from './usage.ts'

export type Peer = 'ninja' | 'make'
export type Times = { readonly wallMs: number; readonly cpuMs: number }

/** Those that are not here are left out, with a word about how to get them. */
export function availablePeers(): readonly Peer[] {
  const peers = (['ninja', 'make'] as const).filter((name) => spawnSync(name, ['--version']).status === 0)
  if (peers.length < 2) {
    console.error('ninja or make is missing: the ratios to it are left out; apt-get install ninja-build make')
  }
  return peers
}

export function timePeer(peer: Peer, shape: Shape, size: number, folder: string): Times {
  const file = join(folder, peer === 'ninja' ? 'build.ninja' : 'Makefile')
  writeFileSync(file, peer === 'ninja' ? ninjaText(shape, size) : makeText(shape, size))
  for (const left of ['.ninja_log', '.ninja_deps']) rmSync(join(folder, left), { force: true })
  const args = peer === 'ninja' ? ['-j', '10', '--quiet'] : ['-j10', '--silent', 'all']
  const [from, cpu] = [performance.now(), cpuSecondsOfEnded()]
  execFileSync(peer, args, { cwd: folder, stdio: 'ignore' })
  return { wallMs: performance.now() - from, cpuMs: (cpuSecondsOfEnded() - cpu) * 1000 }
}
