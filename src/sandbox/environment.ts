import { insideHome } from '../ports/sandbox.ts'
import { insideOutputs, proxyPort } from './inside.ts'

type Variables = { readonly [name: string]: string }

/** What a sandbox takes over from the holder's environment: how to speak, and what time it is. */
const passedOn = /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|CI)$/

/** Carries a variable of the sandbox through the processes around it, for which it must not mean anything. */
const innerPrefix = 'ORCHD_INNER_'
/** By this the sweep knows all processes of an attempt: the ones around the sandbox too. */
const mark = 'ORCHD_ATTEMPT_KEY'

/** The environment inside. */
export function insideEnvironment(
  base: Variables,
  path: string,
  own: { readonly [name: string]: string | null },
  proxied: boolean,
): Variables {
  const all = {
    ...Object.fromEntries(Object.entries(base).filter(([name]) => passedOn.test(name))),
    PATH: path,
    HOME: insideHome,
    TMPDIR: '/tmp',
    ...(proxied ? proxyVariables : {}),
    ...own,
    ORCHD_OUTPUT: insideOutputs,
  }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null))
}

/**
 * The environment of the wrapper. It runs outside, so nothing that a step says may bend it: LD_LIBRARY_PATH, PERL5LIB
 * and all others travel under another name.
 */
export function wrapperEnvironment(inside: Variables): Variables {
  const inner = Object.fromEntries(Object.entries(inside).map(([name, value]) => [`${innerPrefix}${name}`, value]))
  return { ...inner, ...(inside[mark] === undefined ? {} : { [mark]: inside[mark] }) }
}

const proxyAddress = `http://127.0.0.1:${proxyPort}`
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']
const proxyVariables: Variables = Object.fromEntries([
  ...[...proxyNames, ...proxyNames.map((name) => name.toLowerCase())].map((name) => [name, proxyAddress]),
  // Node.js looks at the others only when it is told to.
  ['NODE_USE_ENV_PROXY', '1'],
])
