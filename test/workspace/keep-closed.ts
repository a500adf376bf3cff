import { execFileSync } from 'node:child_process'
import { TestRepository } from './repository.ts'
import { TestWorkspace } from './workspace.ts'

// Keeps what a command left in a workspace, and prints the names of what was kept: for tests that need a process to which
// files can be closed.
using repository = new TestRepository({ 'a.txt': 'a\n', 'known/k.txt': 'k\n' })
const workspace = await TestWorkspace.of(repository)
execFileSync('bash', ['-c', process.argv[2] ?? ''], { cwd: workspace.paths.tree })
const { commit } = await workspace.keep()
process.stdout.write(repository.git('ls-tree', '-r', '--format=%(objectmode) %(path)', commit))
