import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The versions that docs/agents.md tells of. */
export const versions = { '@anthropic-ai/claude-code': '2.1.330', '@openai/codex': '0.169.0' } as const

/**
 * Installs the real agents into a folder of their own (0.4 GB each), unless they are there already.
 *
 * @returns the folder with their programs
 */
export function installAgents(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = process.env['ORCHD_REAL_AGENTS'] ?? join(cache, 'orchd', 'real-agents')
  mkdirSync(folder, { recursive: true })
  const wanted = `${JSON.stringify({ private: true, dependencies: versions })}\n`
  const mark = join(folder, 'installed.json')
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    console.log(`installing ${Object.keys(versions).join(' and ')} into ${folder}`)
    writeFileSync(join(folder, 'package.json'), wanted)
    execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
    // What its package would do by itself, where npm lets packages run their scripts.
    execFileSync(process.execPath, ['node_modules/@anthropic-ai/claude-code/install.cjs'], { cwd: folder })
    writeFileSync(mark, wanted)
  }
  return join(folder, 'node_modules', '.bin')
}
