import { OrchdError } from '../base/errors.ts'
import type { Config } from '../config/config.ts'
import { findProjectFolder, stateFolder, stateFolderPath } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'

export type Settings = { readonly projectFolder: string; readonly stateFolder: string; readonly config: Config }

/**
 * Where we are and what holds there.
 *
 * @param create make the state folder when it is not there
 * @throws OrchdError CONFIG_INVALID with every mistake of the configuration, STATE_UNSAFE
 */
export function loadSettings(options: {
  readonly cwd: string
  readonly env: { readonly [name: string]: string | undefined }
  readonly state: string | null
  readonly create: boolean
}): Settings {
  const { cwd, env, state } = options
  const projectFolder = findProjectFolder(cwd)
  const { config, diagnostics } = loadConfig({ projectFolder, env })
  const errors = diagnostics.filter((found) => found.severity === 'error')
  if (errors.length > 0) {
    const lines = errors.map(({ file, line, column, code, message, help }) =>
      [`${file}:${line}:${column}  ${code}  ${message}`, ...(help === undefined ? [] : [`    ${help}`])].join('\n'),
    )
    throw new OrchdError('CONFIG_INVALID', lines.join('\n'))
  }
  const folder = options.create ? stateFolder(projectFolder, state) : stateFolderPath(projectFolder, state)
  return { projectFolder, stateFolder: folder, config }
}
