import { fail, ok, warn, type Check } from './check.ts'
import type { Facts } from './facts.ts'

/** `git merge-tree --write-tree` came with this version. */
const gitNeeded = '2.38'
const openFilesNeeded = 4096

/** Node.js, the operating system and the programs that orchd starts. */
export function machineChecks(facts: Facts): readonly Check[] {
  return [
    nodeCheck(facts),
    platformCheck(facts),
    perlCheck(facts),
    launcherCheck(facts),
    shellCheck(facts),
    gitCheck(facts),
    sandboxCheck(facts),
    openFilesCheck(facts),
  ]
}

function nodeCheck({ node, nodeNeeded }: Facts): Check {
  if (isAtLeast(node, nodeNeeded)) return ok('node', node)
  return fail('node', `${node} is too old`, `install Node.js ${nodeNeeded} or newer`)
}

function platformCheck({ platform }: Facts): Check {
  if (platform === 'linux') return ok('system', platform)
  if (platform === 'darwin')
    return warn('system', 'macOS is supported as well as it goes', 'use Linux where runs must survive everything')
  return fail('system', `${platform} is not supported`, 'use Linux')
}

function perlCheck({ perl, launcherRuns }: Facts): Check {
  if (perl !== null) return ok('perl', perl)
  const help = 'install perl (Debian: apt-get install perl-base)'
  if (launcherRuns === true) return warn('perl', 'not found; systemd is not told how the daemon is', help)
  return fail('perl', 'not found; orchd starts steps with it', help)
}

/** What starts the steps: a program that was compiled with orchd, or the same in Perl. */
function launcherCheck({ compiledLauncher, launcherRuns }: Facts): Check {
  if (launcherRuns === true) return ok('launcher', 'compiled')
  if (compiledLauncher !== null) {
    return fail(
      'launcher',
      `${compiledLauncher} does not run here`,
      'build orchd on this machine, or set ORCHD_LAUNCHER=perl',
    )
  }
  return warn(
    'launcher',
    'in Perl: each step costs about 1.5 ms of CPU more than with the compiled one',
    'build orchd where there is a C compiler (Debian: apt-get install gcc libc6-dev)',
  )
}

function shellCheck({ sh, bash }: Facts): Check {
  if (bash !== null) return ok('shell', bash)
  if (sh !== null)
    return warn('shell', 'no bash: steps run with sh, without pipefail', 'install bash if plans rely on it')
  return fail('shell', 'neither bash nor sh is found', 'put sh on the PATH')
}

function gitCheck({ git }: Facts): Check {
  const help = `install git ${gitNeeded} or newer; plans with a "context" need it`
  if (git === null) return warn('git', 'not found', help)
  const version = /\d+(\.\d+)+/.exec(git)?.[0] ?? '0'
  return isAtLeast(version, gitNeeded) ? ok('git', version) : warn('git', `${version} is too old`, help)
}

function sandboxCheck({ sandbox }: Facts): Check {
  if (sandbox.works) return ok('sandbox', sandbox.version)
  return warn('sandbox', `${sandbox.why}: only steps that need none can run`, sandbox.help)
}

function openFilesCheck({ openFiles }: Facts): Check {
  if (openFiles === null) return ok('open files', 'limit not known here')
  if (openFiles >= openFilesNeeded) return ok('open files', openFiles > 1e9 ? 'no limit' : `limit ${openFiles}`)
  return warn(
    'open files',
    `limit ${openFiles} is below ${openFilesNeeded}; many steps at once may fail to start`,
    `ulimit -n ${openFilesNeeded}, or LimitNOFILE=65536 in the unit`,
  )
}

/** Compares dotted numbers; what is missing counts as 0. */
function isAtLeast(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((text) => text.split('.').map(Number))
  for (const [at, least] of (want ?? []).entries()) {
    const number = have?.[at] ?? 0
    if (number !== least) return number > least
  }
  return true
}
