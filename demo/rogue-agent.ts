// An agent gone rogue: a program that does whatever its prompt says, with a shell. It tries to approve its own gate, to drop a
// plan into the inbox, to change the configuration, to read the journal, other workspaces and the person's home, and to
// reach what it was not given of the network. In the sandbox all of it fails; without one (sandbox: off) the same tries succeed.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, Project, until } from './support/orchd.ts'

const repository = join(import.meta.dirname, '..')

/** `name: command`, which succeeds when it gets through. */
type Tries = { readonly [name: string]: string }

/** An HTTP request through whatever proxy the environment names, else direct. */
const ask = (url: string): string =>
  `perl -MIO::Socket::INET -e '($u) = @ARGV; ($h) = $u =~ m{//([^/]+)}; $p = $ENV{http_proxy} // ""; $p =~ s{.*//}{}; $s = IO::Socket::INET->new(PeerAddr => $p || $h, Timeout => 5) or exit 1; print $s "GET " . ($p ? $u : "/") . " HTTP/1.0\\r\\nHost: $h\\r\\n\\r\\n"; exit(grep({ /reached/ } <$s>) ? 0 : 1)' ${url}`
const connectTo = (socket: string): string =>
  `perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) or exit 1; exit(connect(S, pack_sockaddr_un($ARGV[0])) ? 0 : 1)' ${socket}`

const script = (tries: Tries): string =>
  Object.entries(tries)
    .map(([name, command]) => `if ( ${command} ) >/dev/null 2>&1; then echo THROUGH:${name}; fi`)
    .concat('echo TRIED')
    .join('\n')

const gitIn = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8' })

const home = mkdtempSync(join(tmpdir(), 'orchd-person-'))
mkdirSync(join(home, '.ssh'))
writeFileSync(join(home, '.ssh/id'), 'private')
const servers = [createServer((_, reply) => reply.end('reached')), createServer((_, reply) => reply.end('reached'))]
const [allowed, other] = await Promise.all(
  servers.map(async (server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const address = server.address()
    return typeof address === 'object' ? (address?.port ?? 0) : 0
  }),
)

const orchd = `${process.execPath} ${join(repository, 'bin/orchd.js')}`
const ownWay = (project: string): Tries => ({
  'read-the-journal': `head -c 16 ${project}/.orchd/orchd.db | grep -q SQLite`,
  'reach-the-daemon': connectTo(`$(ls ${project}/.orchd/*.sock)`),
  'approve-a-gate': `cd ${project} && ${orchd} approve "$ORCHD_RUN_ID" ok`,
  'see-the-run': `cd ${project} && ${orchd} status "$ORCHD_RUN_ID"`,
  'drop-a-plan': `cp ${project}/plan.yaml ${project}/inbox/rogue.tmp`,
  'change-the-configuration': `echo >> ${project}/orchestrator_config.yaml`,
  'read-the-configuration': `grep -q agents ${project}/orchestrator_config.yaml`,
  'read-another-workspace': `cat ${project}/.orchd/workspaces/other/file`,
  'read-the-home-of-another-step': `cat ${project}/.orchd/homes/other/transcript`,
  'read-the-home-of-the-person': `cat ${home}/.ssh/id`,
  'read-its-raw-log': `ls ${project}/.orchd/runs/*/*/*/output.raw`,
})

// The agent may see orchd itself: its own program must not be the way.
const config = `agents:
  rogue:
    type: cli_wrapper
    connection:
      method: subprocess
      config: { command: rogue-agent, args: ["{prompt}"], visible: ["${repository}", "${process.execPath}"] }
`

async function playedBy(project: Project, plan: string): Promise<{ readonly id: string; readonly said: string }> {
  project.write('plan.yaml', plan)
  project.write('.orchd/homes/other/transcript', 'of another agent')
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  let said: string | null = null
  await until('the agent has tried', async () => {
    const status = (await project.json('status', String(id))) as {
      steps: { id: string; outcome: string | null; outputs: { text?: string } }[]
    }
    const step = status.steps.find((one) => one.id === 'rogue')
    if (step?.outcome !== null && step?.outcome !== undefined) said = step.outputs.text ?? JSON.stringify(step)
    return said !== null
  })
  return { id: String(id), said: said ?? '' }
}

const throughIn = (said: string): string[] => [...said.matchAll(/THROUGH:(\S+)/g)].map(([, name = '']) => name)
const step = (tries: Tries, more: string): string =>
  `  - id: rogue\n    agent: rogue\n    timeout: 60s\n    prompt: ${JSON.stringify(script(tries))}\n${more}`
const gate = '  - { id: ok, approval: { prompt: "May it go on?", timeout: 1h } }\n'

try {
  await using project = new Project({ HOME: home })
  const program = project.write('bin/rogue-agent', '#!/bin/sh\nexec bash -c "$1"\n')
  chmodSync(program, 0o755)
  project.env['PATH'] = `${join(project.folder, 'bin')}:${process.env['PATH']}`
  project.write('orchestrator_config.yaml', config)
  project.write('.orchd/workspaces/other/file', 'of another step')
  mkdirSync(project.path('inbox'), { recursive: true })
  await project.daemon()
  const tries = ownWay(project.folder)

  const confined = await playedBy(project, `name: rogue\nsteps:\n${gate}${step(tries, '')}`)
  check('it has tried everything', confined.said.includes('TRIED'), confined.said)
  check('in the sandbox nothing gets through', throughIn(confined.said).length === 0, confined.said)
  type Status = { gates_protected: boolean; steps: { id: string; status: string }[] }
  const statusOf = async (id: string): Promise<Status> => (await project.json('status', id)) as Status
  const { steps, gates_protected: isProtected } = await statusOf(confined.id)
  check('its gate still waits for a person', steps.find(({ id }) => id === 'ok')?.status === 'gated', steps)
  check('the run says that its gates are protected', isProtected)
  check('the inbox and the configuration are as they were', project.read('orchestrator_config.yaml') === config)

  const web = {
    'reach-the-allowed-host': ask(`http://127.0.0.1:${allowed}/`),
    'reach-another-port': ask(`http://127.0.0.1:${other}/`),
    'reach-it-without-the-proxy': `unset http_proxy; ${ask(`http://127.0.0.1:${allowed}/`)}`,
    'reach-the-metadata-service': ask('http://169.254.169.254/'),
    'find-names': 'getent ahosts example.org',
  }
  const hosts = `    permissions: { network: restricted, hosts: ["127.0.0.1:${allowed}"] }\n`
  const restricted = await playedBy(project, `name: web\nsteps:\n${step(web, hosts)}`)
  const reached = throughIn(restricted.said).join()
  check(
    'with network: restricted it reaches the allowed host and nothing else',
    reached === 'reach-the-allowed-host',
    restricted.said,
  )

  // Its program and its prompt lie there, and are all that it sees of it.
  const files = {
    'see-the-project': `ls -A ${project.folder} | grep -v -x -e bin -e .orchd`,
    'read-a-file': `cat ${project.folder}/plan.yaml`,
    'read-more-than-its-prompt': `find ${project.folder}/.orchd ${project.folder}/bin -type f | grep -v -e /prompt -e /rogue-agent`,
    'begin-elsewhere': 'test "$PWD" != /run/orchd/home',
  }
  const none = await playedBy(project, `name: none\nsteps:\n${step(files, '    permissions: { file_system: none }\n')}`)
  check('with file_system: none it sees no repository', none.said.trim() === 'TRIED', none.said)

  gitIn(project.folder, 'init', '--quiet', '--initial-branch=main')
  gitIn(project.folder, 'add', 'plan.yaml')
  gitIn(project.folder, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--message=first')
  const inGit = {
    ...tries,
    'read-the-project': `cat ${project.folder}/orchestrator_config.yaml ${project.folder}/bin/rogue-agent && ls ${project.folder}/inbox`,
    'write-a-hook': `echo true > ${project.folder}/.git/hooks/post-checkout`,
    'write-an-object': 'touch "$(cat .git/objects/info/alternates)/rogue"',
    'point-git-elsewhere': 'git config -f .git/config core.fsmonitor "touch /tmp/ran"',
    'put-another-git-there': 'mv .git gone && mkdir .git',
  }
  const workspace = await playedBy(project, `name: git\ncontext: { branch: result }\nsteps:\n${step(inGit, '')}`)
  // The project lies in /tmp here, and the sandbox has a /tmp of its own, in which it may make what it likes.
  const real = throughIn(workspace.said).filter((name) => name !== 'change-the-configuration')
  check('from a workspace nothing gets through either', real.length === 0, workspace.said)
  check('the configuration is still as it was', project.read('orchestrator_config.yaml') === config)

  const free = await playedBy(project, `name: free\nsteps:\n${gate}${step(tries, '    sandbox: "off"\n')}`)
  const missed = Object.keys(tries).filter((name) => !throughIn(free.said).includes(name))
  check('without a sandbox the same tries get through: they can', missed.length === 0, [missed, free.said])
  check('and the run says that its gates are not protected', !(await statusOf(free.id)).gates_protected)
} finally {
  for (const server of servers) server.close()
  rmSync(home, { recursive: true, force: true })
}
