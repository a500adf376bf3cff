import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file of a tree: its content, or content with a mode; a submodule is `{ mode: '160000', id }`. */
export type TreeFile = string | Uint8Array | { readonly mode: string; readonly content?: string; readonly id?: string }
export type Tree = { readonly [path: string]: TreeFile }

/** A bare repository of its own, filled without a work tree, so that any name and mode can be in it. */
export class Repository implements Disposable {
  readonly gitDir: string = mkdtempSync(join(tmpdir(), 'orchd-review-'))

  constructor() {
    this.#git(['init', '-q', '--bare', this.gitDir])
  }

  /** The id of a commit with exactly these files. */
  commit(tree: Tree, parent?: string): string {
    const entries = Object.entries(tree).map(([path, file]) => {
      const { mode, id } = this.#entryOf(file)
      return `${mode} ${id}\t${path}\0`
    })
    const index = join(this.gitDir, `index.${Math.random()}`)
    this.#git(['update-index', '-z', '--index-info'], entries.join(''), index)
    const id = this.#git(['write-tree'], '', index)
    rmSync(index, { force: true })
    return this.#git(['commit-tree', id, '-m', 'a commit', ...(parent === undefined ? [] : ['-p', parent])])
  }

  #entryOf(file: TreeFile): { readonly mode: string; readonly id: string } {
    if (typeof file === 'string' || file instanceof Uint8Array) return { mode: '100644', id: this.#blob(file) }
    return { mode: file.mode, id: file.id ?? this.#blob(file.content ?? '') }
  }

  #blob(content: string | Uint8Array): string {
    return this.#git(['hash-object', '-w', '--stdin'], content)
  }

  #git(args: readonly string[], input: string | Uint8Array = '', index?: string): string {
    const who = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' }
    const env = { PATH: process.env['PATH'], ...who, GIT_DIR: this.gitDir, GIT_CONFIG_GLOBAL: '/dev/null' }
    return execFileSync('git', args, { input, env: index === undefined ? env : { ...env, GIT_INDEX_FILE: index } })
      .toString()
      .trim()
  }

  [Symbol.dispose](): void {
    rmSync(this.gitDir, { recursive: true, force: true })
  }
}
