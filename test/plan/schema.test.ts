import { globSync, readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { readSchema, schemaKeys } from '../../scripts/gen/schema-walk.ts'
import { causes, outcomes } from '../../src/base/cause.ts'
import { durationPattern, parseDuration } from '../../src/base/duration.ts'
import { idMaxLength, idPattern } from '../../src/base/ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts'
import { validateConfig } from '../../src/config/generated/validate-config.ts'
import { readDocument } from '../../src/plan/document.ts'
import { triggerRules } from '../../src/plan/plan.ts'
import { checkSchema } from '../../src/plan/schema-errors.ts'
import { reporter } from '../../src/plan/source-text.ts'
import { suggester } from '../../src/plan/suggest.ts'
import { placed } from './check.ts'

const files = globSync('schemas/*.schema.json').toSorted()

/** A validator as others would make it from the file, strict about the schema itself. */
const validator = (file: string): ValidateFunction =>
  new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
    allErrors: true,
  }).compile(readSchema(file))

const at = (schema: Json, ...path: readonly string[]): Json =>
  path.reduce<Json>((value, key) => (isJsonObject(value) ? (value[key] ?? null) : null), schema)

/** The keywords of JSON Schema itself, which an output_schema may use. */
const isJsonSchemaOwn = (path: readonly string[]): boolean =>
  path.includes('output_schema') && path.at(-1) !== 'output_schema'

const configMistakes = (text: string): readonly string[] => {
  const { document, diagnostics } = readDocument('orchestrator_config.yaml', text)
  if (document !== null) checkSchema(document, validateConfig, reporter(document.source, diagnostics), suggester())
  return diagnostics.map((diagnostic) => `${placed(diagnostic)} ${diagnostic.message}`)
}

describe('a schema', () => {
  test('stands for each contract', () => {
    expect(files).toEqual([
      'schemas/agents.schema.json',
      'schemas/config.schema.json',
      'schemas/plan.schema.json',
      'schemas/report.schema.json',
      'schemas/request.schema.json',
      'schemas/response.schema.json',
    ])
  })

  test.each(files)('%s is valid JSON Schema 2020-12, and says what each key means', (file) => {
    const schema = readSchema(file)
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: expect.any(String),
      description: expect.any(String),
    })
    expect(typeof validator(file)).toBe('function')
    const silent = schemaKeys(schema).filter(
      ({ path, schema: key }) => typeof key['description'] !== 'string' && !isJsonSchemaOwn(path),
    )
    expect(silent.map(({ path }) => path.join('.'))).toEqual([])
  })

  test.each(files)('%s has examples that are valid themselves', (file) => {
    const schema = readSchema(file)
    const ajv = new Ajv2020({ strict: false })
    for (const { path, schema: key } of schemaKeys(schema)) {
      const validate = ajv.compile({ ...key, $id: `https://orchd.dev/${path.join('/')}`, $defs: schema['$defs'] })
      for (const example of Array.isArray(key['examples']) ? key['examples'] : [])
        expect([path.join('.'), example, validate(example)]).toEqual([path.join('.'), example, true])
      expect([path.join('.'), 'default' in key ? validate(key['default']) : true]).toEqual([path.join('.'), true])
    }
  })
})

describe('the schema of plans', () => {
  const plan: JsonObject = readSchema('schemas/plan.schema.json')

  test('says the same as the code', () => {
    expect(at(plan, '$defs', 'id')).toMatchObject({ pattern: idPattern, maxLength: idMaxLength })
    expect(at(plan, '$defs', 'duration', 'pattern')).toBe(durationPattern)
    expect(at(plan, '$defs', 'cause', 'enum')).toEqual([...causes])
    expect(at(plan, '$defs', 'step', 'properties', 'trigger_rule', 'enum')).toEqual([...triggerRules])
    expect(at(readSchema('schemas/config.schema.json'), '$defs', 'duration', 'pattern')).toBe(durationPattern)
    const response = readSchema('schemas/response.schema.json')
    expect(at(response, '$defs', 'outcome', 'enum')).toEqual([...outcomes, null])
    expect(at(response, '$defs', 'cause', 'enum')).toEqual([...causes, null])
  })

  test('lists permissions in their order, from least to most', () => {
    const { properties } = at(plan, '$defs', 'permissions') as { properties: JsonObject } // the schema is ours
    expect(Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, at(value, 'enum')]))).toEqual({
      file_system: ['none', 'read_only', 'read_write'],
      network: ['none', 'restricted', 'allowed'],
      hosts: null,
      shell_commands: ['none', 'approved_only', 'sandboxed', 'allowed'],
      git_operations: ['none', 'pr_only', 'allowed'],
    })
  })

  test.each(['90s', '15m', '3h', '1h30m', '1d', '500ms', '1d2h3m4s5ms', '0s'])('knows %s as a time', (text) => {
    expect(new RegExp(durationPattern).test(text)).toBe(true)
    expect(parseDuration(text)).not.toBeNull()
  })

  test.each(['', '5', 'm', '1m1h', '1.5h', '-1s', '1 h', '1H', '1h1h'])('does not know %j as a time', (text) => {
    expect(new RegExp(durationPattern).test(text)).toBe(false)
  })
})

describe('the contracts of the system description', () => {
  test.each(['request', 'response'])('its %s validates as it stands', (name) => {
    const validate = validator(`schemas/${name}.schema.json`)
    const value: Json = JSON.parse(readFileSync(`test/fixtures/contracts/${name}.json`, 'utf8'))
    expect([validate(value), validate.errors]).toEqual([true, null])
  })

  test('its configuration validates as it stands', () => {
    expect(configMistakes(readFileSync('test/config/fixtures/system-description.yaml', 'utf8'))).toEqual([])
  })

  test('mistakes in a configuration are told like those in a plan', () => {
    const text =
      'max_paralel_agents: 4\nagents:\n  mine:\n    type: cli\n    limits: { max_parallel: 0 }\nhealth_checks:\n  mine: { interval: 30 sec }\n'
    expect(configMistakes(text)).toEqual(
      expect.arrayContaining([
        '1:1 KEY_UNKNOWN unknown key "max_paralel_agents"',
        '4:11 VALUE_NOT_ALLOWED "type" cannot be "cli"',
        '5:29 VALUE_OUT_OF_RANGE "max_parallel" must be at least 1',
        '7:3 KEY_CONFLICT "mine" needs exactly one of "endpoint", "command"',
        '7:21 VALUE_MALFORMED "interval" cannot be "30 sec"',
      ]),
    )
  })
})
