#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read too, so that they can be told what is wrong. It loads nothing
// before it knows that there is something to load.
import { existsSync, readFileSync } from 'fs'
import { createRequire } from 'module'
import { homedir } from 'os'
import { join } from 'path'
import { fileURLToPath } from 'url'

const needs = [24, 12]
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const args = process.argv.slice(2)

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${JSON.parse(readFileSync(here('../package.json'), 'utf8')).version}\n`)
} else if (isTooOld(process.versions.node)) {
  const own = here('../node_modules/.bin/node')
  const hint = existsSync(own)
    ? `in ${here('..')} "npx orchd" uses the right one, which is installed there`
    : 'install it from https://nodejs.org, or with your version manager: nvm install 24'
  fail(`orchd needs Node.js ${needs.join('.')} or newer, and this is ${process.versions.node}\n  ${hint}`)
} else if (existsSync(here('../dist/src/main.js'))) {
  quietExperimental()
  const require = createRequire(import.meta.url)
  require('node:module').enableCompileCache(cacheFolder())
  if (args[0] === 'daemon') holdYoungHeap(require('node:v8'))
  void import('../dist/src/main.js').then(leave)
} else {
  fail(`orchd is not built: there is no ${here('../dist')}\n  run "npm ci" or "npm run build" in ${here('..')}`)
}

/** The command has ended, so the process ends, whatever is still open in it: steps that go on by themselves do not hold it. */
function leave() {
  process.stdout.write('', () => process.stderr.write('', () => process.exit()))
}

/**
 * What a program loads at its start lives on, and the room that it had as long as it was new stays taken: a daemon that
 * waits for work takes 86 MB instead of 94 so (measured, Node 24.21). Its first run lets the heap grow (young-heap.ts).
 */
function holdYoungHeap(v8) {
  v8.setFlagsFromString('--semi-space-growth-factor=1')
}

function isTooOld(version) {
  const [major, minor] = version.split('.').map(Number)
  return major < needs[0] || (major === needs[0] && minor < needs[1])
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 2
}

/** Where Node keeps our modules compiled: in the user's own cache, as others may write to the shared temporary folder. */
function cacheFolder() {
  const { NODE_COMPILE_CACHE: asked, XDG_CACHE_HOME: cache } = process.env
  return asked || join(cache || join(homedir(), '.cache'), 'orchd', 'compiled')
}

/** The journal is on node:sqlite, which still says of itself that it may change. That is for us to know, not for users. */
function quietExperimental() {
  const emit = process.emit.bind(process)
  process.emit = function (name, warning) {
    if (name === 'warning' && warning.name === 'ExperimentalWarning' && /SQLite/.test(warning.message)) return false
    return emit(...arguments)
  }
}
