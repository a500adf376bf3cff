import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { generatedFiles } from './gen/files.ts'

// Writes what is generated from the schemas and the catalogues: validators, types and documentation (npm run gen).
for (const [file, text] of generatedFiles()) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  process.stdout.write(`${file}\n`)
}
