import type { Facts, FolderProbe } from '../../src/surfaces/doctor/facts.ts'

const folder: FolderProbe = {
  isThere: true,
  isFolder: true,
  isWritable: true,
  isOurs: true,
  mode: 0o700,
  freeBytes: 5e9,
}

/** A machine and a project on which everything is as it should be. */
export const healthy: Facts = {
  version: '0.1.0',
  nodeNeeded: '24.12',
  projectFolder: '/project',
  path: '/usr/bin',
  stateFolder: '/project/.orchd',
  inbox: '/project/inbox',
  holder: null,
  configFile: { path: '/project/orchestrator_config.yaml', isThere: true },
  diagnostics: [],
  settings: [{ name: 'port', value: '8000', origin: 'default' }],
  agents: [{ name: 'shell', type: 'shell', status: 'active', blocker: null, missing: [], problem: null }],
  secrets: [{ name: 'OPENAI_API_KEY', isSet: true }],
  tracesUrl: null,
  compiledLauncher: '/opt/orchd/launcher-linux-x64',
  sandbox: { works: true, version: 'bubblewrap 0.8.0' },
  diskLowBytes: 512 * 1024 * 1024,
  diskCriticalBytes: 64 * 1024 * 1024,
  platform: 'linux',
  node: '24.12.0',
  git: 'git version 2.39.5',
  perl: 'perl v5.36.0',
  launcherRuns: true,
  sh: 'sh',
  bash: 'GNU bash, version 5.2.15',
  stateProbe: folder,
  inboxProbe: { ...folder, mode: 0o755 },
  openFiles: 65_536,
  collectorListens: null,
}

export const folderWith = (change: Partial<FolderProbe>): FolderProbe => ({ ...folder, ...change })
