import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isJsonObject } from '../../base/json.ts'
import { OrchdError } from '../../base/errors.ts'
import { replaceFile } from '../cli/replace-file.ts'
import { detect, type Detected } from './detect.ts'
import { jsonIn } from './detect/node.ts'
import { projectFiles } from './detect/project-files.ts'
import { firstConfig } from './first-config.ts'
import { firstPlan } from './first-plan.ts'

export type InitOptions = {
  /** Absolute; made when it is not there. */
  readonly folder: string
  /** Where orchd's own `schemas/` are. */
  readonly packageFolder: string
  /** Overwrite what is there. */
  readonly force: boolean
}

export type Initialised = {
  readonly detected: Detected
  readonly files: readonly { readonly path: string; readonly status: 'written' | 'overwritten' | 'left' }[]
  /** The plan to run first, as seen from the folder. */
  readonly plan: string
}

const planPath = 'plans/first.yaml'

/**
 * Puts a configuration, a first plan and the schemas for editors into a project. What is there already stays, unless
 * `force`; git is told nothing.
 *
 * @throws OrchdError FILE_UNWRITABLE
 */
export function init({ folder, packageFolder, force }: InitOptions): Initialised {
  const detected = detect(projectFiles(folder))
  const schemas = schemasFolder(folder)
  const upFromPlans = planPath
    .split('/')
    .slice(1)
    .map(() => '..')
  const schemaText = (name: string): string => readFileSync(join(packageFolder, 'schemas', name), 'utf8')
  const texts = [
    ['orchestrator_config.yaml', firstConfig(detected.test, `./${schemas}/config.schema.json`)],
    [planPath, firstPlan(detected, [...upFromPlans, schemas, 'plan.schema.json'].join('/'), planPath)],
    [`${schemas}/plan.schema.json`, schemaText('plan.schema.json')],
    [`${schemas}/config.schema.json`, schemaText('config.schema.json')],
  ] as const
  const files = texts.map(([path, text]) => ({ path, status: write(join(folder, path), text, force) }))
  return { detected, files, plan: planPath }
}

/** `schemas`, unless other schemas of the project have those names there. */
function schemasFolder(folder: string): string {
  const isForeign = (name: string): boolean => {
    const file = join(folder, 'schemas', name)
    return existsSync(file) && !String(idOf(readFileSync(file, 'utf8'))).startsWith('https://orchd.dev/')
  }
  return isForeign('plan.schema.json') || isForeign('config.schema.json') ? 'schemas/orchd' : 'schemas'
}

const idOf = (text: string): unknown => {
  const schema = jsonIn(text)
  return isJsonObject(schema) ? schema['$id'] : undefined
}

function write(path: string, text: string, force: boolean): 'written' | 'overwritten' | 'left' {
  try {
    mkdirSync(dirname(path), { recursive: true })
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
      writeFileSync(path, text, { flag: 'wx' })
      return 'written'
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OrchdError('FILE_UNWRITABLE', `cannot write "${path}": ${why}`, { cause })
  }
  if (!force) return 'left'
  replaceFile(path, text)
  return 'overwritten'
}
