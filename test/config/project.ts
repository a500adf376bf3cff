import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { loadConfig, type Loaded } from '../../src/config/load.ts'

/** A folder of its own for a test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What a project with this configuration file and this environment loads. */
export function load(
  yaml: string | Uint8Array | null,
  env: { readonly [name: string]: string } = {},
): Loaded & { readonly folder: string } {
  const folder = temporaryFolder()
  if (yaml !== null) writeFileSync(join(folder, 'orchestrator_config.yaml'), yaml)
  return { ...loadConfig({ projectFolder: folder, env }), folder }
}

/** `file:line:column CODE` of every diagnostic, warnings marked. */
export const shown = ({ diagnostics }: Loaded): string[] =>
  diagnostics.map(
    ({ file, line, column, code, severity }) =>
      `${file}:${line}:${column} ${code}${severity === 'warning' ? ' (warning)' : ''}`,
  )
