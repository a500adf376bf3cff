import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generatedFiles } from '../../scripts/gen/files.ts'

// Generated files are checked in, so that the program starts without ajv and the pages can be read; npm run gen makes them anew.
test.each([...generatedFiles().keys()])('%s is what its source says', (file) => {
  expect(readFileSync(file, 'utf8')).toBe(generatedFiles().get(file))
})
