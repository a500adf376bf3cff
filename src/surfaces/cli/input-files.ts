import { OrchdError } from '../../base/errors.ts'
import { readFileAtMost } from './read-file.ts'

type Texts = { readonly [name: string]: string }

const mostBytes = 1024 * 1024

/**
 * `--input` and `--input-file` together: the texts of a run's inputs. A value from a file is not in argv, where every
 * user of the machine can read it.
 *
 * @param files by input, the file that its value is in; `-` is standard input
 * @param planFile when it is `-`, standard input is taken
 * @throws OrchdError FILE_UNREADABLE, SIZE_LIMIT, USAGE
 */
export function withInputFiles(inputs: Texts, files: Texts, planFile: string, cwd: string): Texts {
  const twice = Object.keys(files).find((name) => Object.hasOwn(inputs, name))
  if (twice !== undefined) {
    throw new OrchdError('USAGE', `the input "${twice}" is given twice: by --input and by --input-file`, {
      help: 'keep one of them',
    })
  }
  const readers = [planFile, ...Object.values(files)].filter((file) => file === '-')
  if (readers.length > 1) {
    throw new OrchdError('USAGE', 'standard input can be read only once', { help: 'give all but one by a file' })
  }
  return {
    ...inputs,
    ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, textOf(name, file, cwd)])),
  }
}

function textOf(name: string, file: string, cwd: string): string {
  const bytes = readFileAtMost(file, cwd, mostBytes + 1)
  const shown = file === '-' ? 'standard input' : `"${file}"`
  if (bytes.byteLength > mostBytes) {
    throw new OrchdError('SIZE_LIMIT', `the input "${name}" is larger than 1 MiB: ${shown}`, {
      help: 'give the name of the file as the input, and let the step read it',
    })
  }
  try {
    return withoutLineEnd(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new OrchdError('FILE_UNREADABLE', `the input "${name}" is not text in UTF-8: ${shown}`, {
      cause,
      help: 'save it as UTF-8, or give the name of the file as the input',
    })
  }
}

/** The end of the last line is the file's, not the value's: `echo`, editors and `docker login --password-stdin` see it so. */
const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/u, '')
