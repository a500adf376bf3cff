import type { JsonObject } from '../base/json.ts'
import type { Permissions, PermissionWords } from './plan.ts'

/** What each word may be, from nothing to everything. */
const ranks = {
  file_system: ['none', 'read_only', 'read_write'],
  network: ['none', 'restricted', 'allowed'],
  shell_commands: ['none', 'approved_only', 'sandboxed', 'allowed'],
  git_operations: ['none', 'pr_only', 'allowed'],
} as const
/** What may be done with files, the least first. */
export const fileSystems = ranks.file_system
export type FileSystem = (typeof fileSystems)[number]
type Ranked = keyof typeof ranks
const ranked = Object.keys(ranks) as readonly Ranked[] // the keys of the object above

/** The words in an object that has been checked against the schema. */
export function permissionWordsOf(json: JsonObject): PermissionWords {
  const words = ranked.map((word) => [word, ranks[word].find((known) => known === json[word])])
  const { hosts } = json
  return Object.fromEntries([
    ...words.filter(([, value]) => value !== undefined),
    ...(Array.isArray(hosts) ? [['hosts', hosts.filter((host) => typeof host === 'string')]] : []),
  ])
}

/**
 * What no word restricts is allowed, except changes of the repository: from there work could have commands run outside.
 */
export const permissionsFrom = (words: PermissionWords): Permissions => ({
  fileSystem: words.file_system ?? 'read_write',
  network: words.network ?? 'allowed',
  hosts: words.hosts ?? [],
  shellCommands: words.shell_commands ?? 'allowed',
  gitOperations: words.git_operations ?? 'pr_only',
})

/** The words of an agent and those of its step, of each word the narrower. */
export function narrowed(agent: PermissionWords, step: PermissionWords): PermissionWords {
  const words = Object.fromEntries(
    ranked.flatMap((word) => {
      const said = [agent[word], step[word]].filter((value) => value !== undefined)
      const least = said.toSorted((a, b) => rankOf(word, a) - rankOf(word, b))[0]
      return least === undefined ? [] : [[word, least]]
    }),
  )
  const hosts = step.hosts === undefined ? agent.hosts : step.hosts.filter((host) => reaches(agent, host))
  return hosts === undefined ? words : { ...words, hosts }
}

/** The words of a step that are wider than those of its agent. */
export function widerWords(agent: PermissionWords, step: PermissionWords): readonly (Ranked | 'hosts')[] {
  const wider = ranked.filter((word) => {
    const [may, asks] = [agent[word], step[word]]
    return may !== undefined && asks !== undefined && rankOf(word, asks) > rankOf(word, may)
  })
  return (step.hosts ?? []).every((host) => reaches(agent, host)) ? wider : [...wider, 'hosts']
}

const rankOf = (word: Ranked, value: string): number => ranks[word].findIndex((known) => known === value)

/** Whether an agent with these words reaches whatever an entry of `hosts` names. */
const reaches = ({ network = 'allowed', hosts = [] }: PermissionWords, host: string): boolean =>
  network === 'allowed' || hosts.some((entry) => covers(entry, host))

function covers(entry: string, host: string): boolean {
  const [name = '', port] = entry.toLowerCase().split(':')
  const [wanted = '', wantedPort] = host.toLowerCase().split(':')
  const fitsPort = port === wantedPort || (port === undefined && (wantedPort === '80' || wantedPort === '443'))
  return fitsPort && (name === wanted || (name.startsWith('*.') && wanted.endsWith(name.slice(1))))
}
