/**
 * Why git keeps no branch of this name, to go on behind "a branch"; `null`: it does.
 *
 * @see https://git-scm.com/docs/git-check-ref-format (`--branch`)
 */
export function branchNameProblem(name: string): string | null {
  const forbidden = /\.\.|@\{|[\p{Cc} ~^:?*[\\]/u.exec(name)?.[0]
  if (forbidden !== undefined) return `with ${JSON.stringify(forbidden)} in its name`
  if (name.startsWith('-')) return 'whose name begins with "-"'
  if (name.endsWith('.')) return 'whose name ends with "."'
  const parts = name.split('/')
  if (parts.includes('')) return 'with an empty part in its name'
  if (parts.some((part) => part.startsWith('.'))) return 'with a part that begins with "." in its name'
  if (parts.some((part) => part.endsWith('.lock'))) return 'with a part that ends with ".lock" in its name'
  return name === 'HEAD' ? 'of the name HEAD' : null
}
