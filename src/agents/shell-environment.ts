import { findProgram } from './find-program.ts'

type Variables = { readonly [name: string]: string }

/** What would change how a shell works before its first command, or belongs to the step in which the holder itself runs. */
const unwanted =
  /^(BASH_ENV|ENV|SHELLOPTS|BASHOPTS|BASH_XTRACEFD|BASH_FUNC_.*|CDPATH|GLOBIGNORE|PS4|OLDPWD|_|ORCHD_(OUTPUT|RUN_ID|STEP_ID|ATTEMPT|ATTEMPT_KEY))$/

export function shellEnvironment(baseEnv: Variables): Variables {
  return Object.fromEntries(Object.entries(baseEnv).filter(([name]) => !unwanted.test(name)))
}

/** The first words of the command line: bash where there is one on the holder's PATH, else sh. */
export function findShell(path: string | undefined): readonly string[] {
  const bash = findProgram('bash', path)
  return bash === null ? ['/bin/sh', '-e', '-c'] : [bash, '--noprofile', '--norc', '-eo', 'pipefail', '-c']
}

/** Linux passes no argument or variable of more, its NUL included (MAX_ARG_STRLEN). */
const longestText = 131_072

/** Why the system would not take this command line and environment, in words; `null` when it would. */
export function unlaunchable(command: string, env: Variables): string | null {
  const texts: [string, string][] = [['the command', command]]
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=')) return `${JSON.stringify(name)} cannot be the name of a variable`
    texts.push([`the variable ${name}`, `${name}=${value}`])
  }
  for (const [name, text] of texts) {
    if (text.includes('\0')) return `${name} holds a NUL character, which no program can be given`
    if (text.length * 3 < longestText) continue
    const size = Buffer.byteLength(text) + 1
    if (size > longestText) return `${name} has ${size} bytes; the system passes at most ${longestText}: use a file`
  }
  return null
}
