import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file of a tree: its content, or content with a mode; a submodule is `{ mode: '160000', id }`. */
export type TreeFile = string | Uint8Array | { readonly mode?: string; readonly content?: string; readonly id?: string }
export type Tree = { readonly [path: string]: TreeFile }

/** A bare repository of its own, filled without a work tree, so that any name and mode can be in it. */
export class Repository implements Disposable {
  readonly gitDir: string = mkdtempSync(join(tmpdir(), 'orchd-review-'))
  #count = 0

  constructor() {
    this.#git(['init', '-q', '--bare', this.gitDir])
  }

  /** The id of a commit with exactly these files. */
  commit(tree: Tree, parent?: string): string {
    const head = [
      `commit refs/heads/made-${++this.#count}`,
      'mark :1',
      'committer A <a@b> 1700000000 +0000',
      'data 0',
      ...(parent === undefined ? [] : [`from ${parent}`]),
      'deleteall\n',
    ]
    const files = Object.entries(tree).flatMap(([path, file]) => {
      const {
        mode = '100644',
        content = '',
        id,
      } = typeof file === 'string' || file instanceof Uint8Array ? { content: file } : file
      if (id !== undefined) return [`M ${mode} ${id} ${quoted(path)}\n`]
      const bytes = Buffer.from(content)
      return [`M ${mode} inline ${quoted(path)}\ndata ${bytes.length}\n`, bytes, '\n']
    })
    const stream = [head.join('\n'), ...files, 'get-mark :1\n', 'done\n']
    return this.#git(['fast-import', '--quiet', '--done'], Buffer.concat(stream.map((part) => Buffer.from(part))))
  }

  #git(args: readonly string[], input: Uint8Array = Buffer.alloc(0)): string {
    const env = { PATH: process.env['PATH'], GIT_DIR: this.gitDir, GIT_CONFIG_GLOBAL: '/dev/null' }
    return execFileSync('git', args, { input, env }).toString().trim()
  }

  [Symbol.dispose](): void {
    rmSync(this.gitDir, { recursive: true, force: true })
  }
}

/** As fast-import wants a path that may hold anything: bytes that mean something are in octal. */
function quoted(path: string): string {
  const parts = Array.from(Buffer.from(path), (byte) => {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
    return isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
  })
  return `"${parts.join('')}"`
}
