import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A real git repository in a temporary folder, and a state folder beside it. */
export class TestRepository implements Disposable {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'orchd-git-')))
  readonly tree: string = join(this.folder, 'project')
  readonly stateFolder: string = join(this.folder, 'state')

  /** @param files what the first commit has; `null`: there is no commit yet */
  constructor(files: { readonly [path: string]: string } | null = { 'a.txt': 'a\n' }) {
    mkdirSync(this.tree)
    mkdirSync(this.stateFolder)
    this.git('init', '--quiet', '--initial-branch=main')
    this.git('config', 'user.name', 'Ada')
    this.git('config', 'user.email', 'ada@example.org')
    if (files !== null) this.commit(files, 'first')
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', ['-C', this.tree, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.tree, path)), { recursive: true })
    writeFileSync(join(this.tree, path), text)
  }

  commit(files: { readonly [path: string]: string }, message: string): string {
    for (const [path, text] of Object.entries(files)) this.write(path, text)
    this.git('add', '--all')
    this.git('commit', '--quiet', '--allow-empty', `--message=${message}`)
    return this.git('rev-parse', 'HEAD')
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
