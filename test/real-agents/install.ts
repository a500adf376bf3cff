import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The versions that docs/agents.md tells of, by the folder into which they go. */
const versions = {
  headless: { '@anthropic-ai/claude-code': '2.1.332', '@openai/codex': '0.171.0' },
  acp: {
    '@agentclientprotocol/claude-agent-acp': '0.101.0',
    '@agentclientprotocol/codex-acp': '2.6.0',
    'opencode-ai': '1.18.33',
  },
} as const

/** The folders with their programs. */
export type Programs = { readonly [set in keyof typeof versions]: string }

/**
 * Installs the real agents into a folder of their own (0.4 GB each), unless they are there already. The adapters for ACP
 * have one beside it: they bring other versions of the same agents.
 */
export function installAgents(): Programs {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = process.env['ORCHD_REAL_AGENTS'] ?? join(cache, 'orchd', 'real-agents')
  const headless = install(folder, versions.headless, '@anthropic-ai/claude-code/install.cjs')
  return { headless, acp: install(join(folder, 'acp'), versions.acp, 'opencode-ai/postinstall.mjs') }
}

/** @param script what a package of them would do by itself, where npm lets packages run their scripts */
function install(folder: string, packages: { readonly [name: string]: string }, script: string): string {
  mkdirSync(folder, { recursive: true })
  const wanted = `${JSON.stringify({ private: true, dependencies: packages })}\n`
  const mark = join(folder, 'installed.json')
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    console.log(`installing ${Object.keys(packages).join(' and ')} into ${folder}`)
    writeFileSync(join(folder, 'package.json'), wanted)
    execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
    execFileSync(process.execPath, [join('node_modules', script)], { cwd: folder })
    writeFileSync(mark, wanted)
  }
  return join(folder, 'node_modules', '.bin')
}
