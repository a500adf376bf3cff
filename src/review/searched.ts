import { extname } from 'node:path/posix'
import type { ChangedFile } from './changed-files.ts'
import { groupBy } from './group-by.ts'
import type { SecretSearch } from './secrets/aside.ts'
import { isSettingsFile } from './secrets/assignments.ts'
import type { FoundSecret } from './secrets/found.ts'

/** What the search of one change may take: who writes a change may make it as costly as can be. */
export class SearchBudget {
  #bytes = 512_000_000
  readonly #until = performance.now() + 5 * 60_000

  allows(bytes: number): boolean {
    this.#bytes -= bytes
    return this.#bytes >= 0 && performance.now() < this.#until
  }
}

type Searchable = { readonly file: Pick<ChangedFile, 'path'> }
type Content<T> = { readonly one: T; readonly id: string; readonly bytes: Uint8Array }

/** What is found in each; `null`: it could not be searched. The same content is searched once for each kind of name. */
export async function searched<T extends Searchable>(
  group: readonly Content<T>[],
  { search, secretValues }: { readonly search: SecretSearch; readonly secretValues: readonly string[] },
  budget: SearchBudget,
): Promise<(readonly [T, readonly FoundSecret[] | null])[]> {
  const keyOf = ({ id, one: { file } }: Content<T>): string =>
    `${id} ${isSettingsFile(file.path)} ${extname(file.path)}`
  const kinds = groupBy(group, (content) => [keyOf(content)])
  const [wanted, left] = [[...kinds.values()], new Set<readonly Content<T>[]>()]
  for (const same of wanted) if (!budget.allows(same[0]?.bytes.length ?? 0)) left.add(same)
  const within = wanted.filter((same) => !left.has(same))
  const files = within.flatMap(([first]) =>
    first === undefined ? [] : [{ path: first.one.file.path, bytes: first.bytes }],
  )
  const results = await search.search(files, secretValues)
  return [
    ...within.flatMap((same, at) => same.map(({ one }) => [one, results[at] ?? null] as const)),
    ...[...left].flatMap((same) => same.map(({ one }) => [one, null] as const)),
  ]
}
