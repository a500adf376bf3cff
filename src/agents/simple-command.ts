/**
 * Words that bash (5.2) runs itself or reads as syntax, except `true` and `false`, which do the same as programs.
 * `bash -c 'compgen -b; compgen -k'` lists them.
 */
const shellWords: ReadonlySet<string> = new Set(
  (
    '. : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo ' +
    'enable eval exec exit export fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd ' +
    'pwd read readarray readonly return set shift shopt source suspend test times trap type typeset ulimit umask ' +
    'unalias unset wait if then else elif fi case esac for select while until do done in function time coproc'
  ).split(' '),
)

/** None of these means anything to a shell, in any place of a command. */
const plainWords = /^[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:@%+,= -]*$/

/**
 * The words of a command that a shell would only hand on to one program, else an empty list.
 *
 * A shell would execute such a program in its own place; without the shell a step costs less than half
 * (`true`: 0.74 instead of 1.35 ms of CPU, Debian 12, bash 5.2). make does the same.
 */
export function simpleCommand(command: string): readonly string[] {
  const text = command.trim()
  if (!plainWords.test(text)) return []
  const words = text.split(/ +/)
  const [program] = words
  if (program === undefined || program.includes('=') || shellWords.has(program)) return []
  // As programs they know --help and --version.
  if ((program === 'true' || program === 'false') && words.length > 1) return []
  return words
}
