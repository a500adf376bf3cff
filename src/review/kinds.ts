import type { Finding } from '../run/review.ts'
import { type ChangedFile, modes } from './changed-files.ts'
import type { Protection, Protections } from './protected-files.ts'
import { createHash } from 'node:crypto'

/** What names and modes alone tell of a file: no content is read. */
export function findingsOfKind(file: ChangedFile, protectedBy: Protections): Finding[] {
  const { path, old, new: now } = file
  const human = (rule: string, message: string): Finding => ({
    rule,
    action: 'human',
    file: path,
    line: null,
    message,
    sha256: changeOf(file),
  })
  const findings: Finding[] = []
  if (now?.mode !== old?.mode) {
    if (now?.mode === modes.symlink) findings.push(human('symlink', 'it is a symbolic link now'))
    if (now?.mode === modes.executable) findings.push(human('executable', 'it can be executed now'))
  } else if (now?.mode === modes.symlink) findings.push(human('symlink', 'a symbolic link points elsewhere now'))
  if (now?.mode === modes.submodule || old?.mode === modes.submodule) {
    findings.push(human('submodule', 'a submodule is added, moved or removed'))
  }
  const protection = protectionOf(file, protectedBy)
  if (protection !== null) {
    const { rule, pattern, policy, name } = protection
    const what = whatHappens(file, name)
    const why = rule === 'protected_file' ? `protected by "${pattern}"` : (kinds[rule] ?? rule)
    const action = policy === 'block' ? 'block' : 'human'
    findings.push({ ...human(rule, `${what}; ${why}`), action })
  }
  return findings
}

/** Both names of a renamed file count, and the stricter word. */
function protectionOf(
  { path, oldPath }: ChangedFile,
  protectedBy: Protections,
): (Protection & { readonly name: string }) | null {
  const names = path === oldPath ? [path] : [oldPath, path]
  const found = names.flatMap((name) => {
    const protection = protectedBy(name)
    return protection === null ? [] : [{ ...protection, name }]
  })
  return found.find(({ policy }) => policy === 'block') ?? found[0] ?? null
}

function whatHappens({ status, path, oldPath }: ChangedFile, name: string): string {
  if (status === 'renamed') {
    return name === oldPath
      ? `${JSON.stringify(oldPath)} is moved away to here`
      : `it is moved here from ${JSON.stringify(oldPath)}`
  }
  return {
    added: 'it is new',
    deleted: `${JSON.stringify(path)} is deleted`,
    modified: 'it is changed',
    type_changed: 'it is changed',
  }[status]
}

const kinds: Readonly<Record<string, string>> = {
  workflow: 'it decides what runs on other machines',
  agent_instructions: 'it steers agents, and may name commands that they run by themselves',
  lockfile: 'it decides which packages are installed',
  registry_settings: 'it decides where packages come from',
  git_settings: 'it changes what git does with files',
  code_owners: 'it decides who reviews',
}

/** Names a change of one file: from exactly this content to exactly that, so that nobody finds another one of the same name. */
export const changeOf = ({ old, new: now }: ChangedFile): string =>
  createHash('sha256')
    .update(JSON.stringify([old?.mode ?? null, old?.id ?? null, now?.mode ?? null, now?.id ?? null]))
    .digest('hex')
    .slice(0, 32)
