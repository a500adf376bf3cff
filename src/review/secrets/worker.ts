import { parentPort, workerData } from 'node:worker_threads'
import type { FoundSecret } from './found.ts'
import { knownValues } from './own.ts'
import { searchFile } from './search.ts'

// The thread of `SecretSearch`: files in, what was found in each out, in the same order.

export type SearchRequest = {
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[]
  readonly secretValues: readonly string[]
}
export type SearchAnswer = { readonly at: number; readonly found: readonly FoundSecret[] }

const holders = knownValues((workerData as { readonly secretValues: readonly string[] }).secretValues) // `SecretSearch` gives it

parentPort?.on('message', ({ files, secretValues }: SearchRequest) => {
  void searchAll(files, secretValues)
})

async function searchAll(files: SearchRequest['files'], secretValues: readonly string[]): Promise<void> {
  const known = [holders, knownValues(secretValues)]
  for (const [at, { path, bytes }] of files.entries()) {
    const answer: SearchAnswer = { at, found: await searchFile(path, bytes, known) }
    parentPort?.postMessage(answer, [])
  }
}
