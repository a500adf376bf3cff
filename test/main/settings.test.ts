import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSettings } from '../../src/main/settings.ts'
import { temporaryFolder } from '../config/project.ts'

test('a mistake of the configuration is told with what to do about it', () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'orchestrator_config.yaml'), 'agents: { mine: { type: cli_wraper } }\n')
  expect(() => loadSettings({ cwd, env: {}, state: null, create: false })).toThrow(
    /orchestrator_config\.yaml:1:25 {2}VALUE_NOT_ALLOWED .*\n {4}did you mean "cli_wrapper"\?/,
  )
})
