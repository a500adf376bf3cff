import { git } from './git.ts'

/** A branch beside which git can keep none of this name: `a` beside `a/b`, and the other way round; `null`: there is none. */
export async function blockedBy(name: string, env: { readonly [name: string]: string }): Promise<string | null> {
  const parts = name.split('/')
  const above = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'))
  const patterns = [...above, name].map((one) => `refs/heads/${one}`)
  const { stdout } = await git(['for-each-ref', '--format=%(refname:lstrip=2)', ...patterns], { env })
  const found = stdout.split('\n')
  return found.find((one) => above.includes(one) || one.startsWith(`${name}/`)) ?? null
}
