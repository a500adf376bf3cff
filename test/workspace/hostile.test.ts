import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TestRepository } from './repository.ts'
import { TestWorkspace } from './workspace.ts'

// What an agent may leave in its workspace to have git run a command of its own when orchd looks at it. `$PWN` writes a file.

type Trap = (tree: string, pwn: string) => void

const config = (tree: string, text: string): void => appendFileSync(join(tree, '.git/config'), text)
const own = (tree: string, ...args: string[]): string =>
  execFileSync('git', ['-C', tree, ...args], { encoding: 'utf8' })

const hooks = [
  'pre-commit',
  'post-checkout',
  'post-index-change',
  'reference-transaction',
  'pre-auto-gc',
  'post-commit',
]

const traps: { readonly [name: string]: Trap } = {
  'a file system monitor': (tree, pwn) => config(tree, `[core]\n\tfsmonitor = ${pwn}\n`),
  hooks: (tree, pwn) => {
    mkdirSync(join(tree, '.git/hooks'), { recursive: true })
    for (const hook of hooks) {
      writeFileSync(join(tree, '.git/hooks', hook), `#!/bin/sh\n${pwn}\n`)
      chmodSync(join(tree, '.git/hooks', hook), 0o755)
    }
  },
  'a folder of hooks': (tree, pwn) => {
    config(tree, `[core]\n\thooksPath = ${join(tree, 'hooks')}\n`)
    mkdirSync(join(tree, 'hooks'))
    for (const hook of hooks) {
      writeFileSync(join(tree, 'hooks', hook), `#!/bin/sh\n${pwn}\n`)
      chmodSync(join(tree, 'hooks', hook), 0o755)
    }
  },
  'filters by attributes': (tree, pwn) => {
    config(tree, `[filter "x"]\n\tclean = ${pwn}\n\tsmudge = ${pwn}\n\tprocess = ${pwn}\n\trequired = true\n`)
    writeFileSync(join(tree, '.gitattributes'), '* filter=x diff=x merge=x\n')
  },
  'external diff, text conversion and a merge driver': (tree, pwn) => {
    config(
      tree,
      `[diff]\n\texternal = ${pwn}\n[diff "x"]\n\tcommand = ${pwn}\n\ttextconv = ${pwn}\n[merge "x"]\n\tdriver = ${pwn}\n`,
    )
    writeFileSync(join(tree, '.gitattributes'), '* diff=x merge=x\n')
  },
  'a pager, an editor, an ssh and a signing program': (tree, pwn) =>
    config(
      tree,
      `[core]\n\tpager = ${pwn}\n\teditor = ${pwn}\n\tsshCommand = ${pwn}\n\talternateRefsCommand = ${pwn}\n[gpg]\n\tprogram = ${pwn}\n[commit]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n`,
    ),
  'a repository that is a pointer to another': (tree, pwn) => {
    const evil = join(tree, 'evil')
    own(tree, 'init', '--quiet', '--bare', evil)
    appendFileSync(join(evil, 'config'), `[core]\n\tfsmonitor = ${pwn}\n\tbare = false\n`)
    rmSync(join(tree, '.git'), { recursive: true })
    writeFileSync(join(tree, '.git'), `gitdir: ${evil}\n`)
  },
  'a commondir that is elsewhere': (tree, pwn) => {
    const evil = join(tree, 'evil')
    own(tree, 'init', '--quiet', '--bare', evil)
    appendFileSync(join(evil, 'config'), `[core]\n\tfsmonitor = ${pwn}\n`)
    writeFileSync(join(tree, '.git/commondir'), `${evil}\n`)
  },
  'a repository in the workspace with a monitor of its own': (tree, pwn) => {
    const inner = join(tree, 'inner')
    own(tree, 'init', '--quiet', inner)
    writeFileSync(join(inner, 'a'), 'a')
    own(inner, 'add', '.')
    own(inner, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '-m', 'x')
    appendFileSync(join(inner, '.git/config'), `[core]\n\tfsmonitor = ${pwn}\n`)
    writeFileSync(join(inner, 'a'), 'b')
  },
  'a folder that points to a repository elsewhere': (tree, pwn) => {
    const evil = join(tree, '../evil')
    own(tree, 'init', '--quiet', evil)
    own(evil, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '--allow-empty', '-m', 'x')
    appendFileSync(join(evil, '.git/config'), `[core]\n\tfsmonitor = ${pwn}\n[filter "x"]\n\tclean = ${pwn}\n`)
    mkdirSync(join(tree, 'inner'))
    writeFileSync(join(tree, 'inner/.git'), `gitdir: ${evil}/.git\n`)
    writeFileSync(join(tree, 'inner/.gitattributes'), '* filter=x\n')
  },
  'a new submodule with settings of its own': (tree, pwn) => {
    const modules = join(tree, '.git/modules/inner')
    mkdirSync(join(tree, '.git/modules'))
    own(tree, 'init', '--quiet', `--separate-git-dir=${modules}`, join(tree, 'inner'))
    writeFileSync(join(tree, 'inner/.gitattributes'), '* filter=x\n')
    writeFileSync(join(tree, 'inner/a'), 'a')
    own(join(tree, 'inner'), 'add', '.')
    own(join(tree, 'inner'), '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '-m', 'x')
    appendFileSync(join(modules, 'config'), `[core]\n\tfsmonitor = ${pwn}\n[filter "x"]\n\tclean = ${pwn}\n`)
    writeFileSync(join(tree, 'inner/a'), 'b')
  },
  'a submodule over ext': (tree, pwn) => {
    writeFileSync(join(tree, '.gitmodules'), `[submodule "x"]\n\tpath = x\n\turl = ext::${pwn}\n\tupdate = !${pwn}\n`)
    config(
      tree,
      `[submodule "x"]\n\turl = ext::${pwn}\n\tupdate = !${pwn}\n\tactive = true\n[submodule]\n\trecurse = true\n`,
    )
  },
  'included settings': (tree, pwn) => {
    writeFileSync(join(tree, 'included'), `[core]\n\tfsmonitor = ${pwn}\n`)
    config(tree, `[include]\n\tpath = ../included\n`)
  },
}

test.each(Object.entries(traps))('%s runs no command', async (_, lay) => {
  using repository = new TestRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const mark = join(repository.folder, 'ran')
  const pwn = join(repository.folder, 'pwn')
  writeFileSync(pwn, `#!/bin/sh\necho ran >> ${mark}\ncat\n`)
  chmodSync(pwn, 0o755)
  const workspace = await TestWorkspace.of(repository)
  lay(workspace.paths.tree, pwn)
  writeFileSync(join(workspace.paths.tree, 'a.txt'), 'changed\n')
  rmSync(mark, { force: true }) // the trap itself may have run something while it was laid
  const { commit, files } = await workspace.keep()
  expect(files).toBeGreaterThan(0)
  expect(repository.git('show', `${commit}:a.txt`)).toBe('changed')
  expect(existsSync(mark) ? readFileSync(mark, 'utf8') : '').toBe('')
})

test('a submodule that an agent filled is not asked what is changed in it', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const inner = new TestRepository({ 'x.txt': 'x\n' })
  const head = inner.git('rev-parse', 'HEAD')
  repository.git('update-index', '--add', '--cacheinfo', `160000,${head},inner`)
  repository.git('commit', '--quiet', '--message=submodule')
  const mark = join(repository.folder, 'ran')
  const workspace = await TestWorkspace.of(repository)
  const sub = join(workspace.paths.tree, 'inner')
  own(workspace.paths.tree, 'clone', '--quiet', inner.tree, 'inner')
  inner[Symbol.dispose]()
  own(sub, 'config', 'filter.x.clean', `sh -c 'echo ran >> ${mark}; cat'`)
  writeFileSync(join(sub, '.gitattributes'), '* filter=x\n')
  writeFileSync(join(sub, 'x.txt'), 'y\n') // as long as before: git must look into it
  writeFileSync(join(workspace.paths.tree, 'a.txt'), 'changed\n')
  const { files } = await workspace.keep()
  expect(files).toBe(1)
  expect(existsSync(mark)).toBe(false)
})

test('filters and hooks of the repository itself are not run either: their scripts may be in the workspace', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n', '.gitattributes': '* filter=x\n' })
  const mark = join(repository.folder, 'ran')
  repository.git('config', 'filter.x.clean', `sh -c 'echo ran >> ${mark}; cat'`)
  repository.git('config', 'filter.x.smudge', `sh -c 'echo ran >> ${mark}; cat'`)
  repository.git('config', 'core.fsmonitor', `sh -c 'echo ran >> ${mark}'`)
  rmSync(mark, { force: true })
  const workspace = await TestWorkspace.of(repository)
  writeFileSync(join(workspace.paths.tree, 'a.txt'), 'changed\n')
  await workspace.keep()
  expect(existsSync(mark)).toBe(false)
})
