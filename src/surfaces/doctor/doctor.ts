import type { JsonObject } from '../../base/json.ts'
import type { Check } from './check.ts'
import { diagnose } from './diagnose.ts'
import type { Facts, Known } from './facts.ts'
import { probe } from './probe.ts'
import { words } from './words.ts'

export type DoctorReport = { readonly text: string; readonly json: JsonObject; readonly exitCode: number }

/** `orchd doctor`: tries what orchd needs and tells what it found. Exit 0 when nothing failed. */
export async function examine(known: Known): Promise<DoctorReport> {
  const facts = { ...known, ...(await probe(known)) }
  return report(facts, diagnose(facts))
}

/** The same findings for people and for programs. */
export function report(facts: Facts, checks: readonly Check[]): DoctorReport {
  const failed = count(checks, 'fail')
  const { version, projectFolder, settings, agents, secrets, sandbox } = facts
  const json = {
    ok: failed === 0,
    version,
    project_folder: projectFolder,
    checks: checks.map((check) => ({ ...check })),
    // Field by field: what else a caller's objects may hold is nobody's business.
    settings: settings.map(({ name, value, origin }) => ({ name, value, origin })),
    agents: agents.map(({ problem, ...agent }) => ({ ...agent, problem: problem?.message ?? null })),
    secrets: secrets.map(({ name, isSet }) => ({ name, set: isSet })),
    permissions: words.map(({ word, heldBy, how }) => ({ word, held_by: sandbox.works ? heldBy : 'nothing', how })),
  }
  return { text: textOf(facts, checks), json, exitCode: failed === 0 ? 0 : 1 }
}

function textOf({ version, projectFolder, settings, secrets, sandbox }: Facts, checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ subject }) => subject.length))
  const lines = checks.flatMap(({ level, subject, message, help }) => {
    const line = `  ${level.padEnd(4)}  ${subject.padEnd(width)}  ${message}`
    return help === null ? [line] : [line, `${' '.repeat(width + 10)}-> ${help}`]
  })
  const summary = `${plural(count(checks, 'fail'), 'failure')}, ${plural(count(checks, 'warn'), 'warning')}`
  return [
    `orchd ${version} in ${projectFolder}`,
    '',
    ...lines,
    '',
    ...section(
      'Settings',
      settings.map(({ name, value, origin }) => [name, value, origin]),
    ),
    ...section(
      'Secrets',
      secrets.map(({ name, isSet }) => [name, isSet ? 'set' : 'not set']),
    ),
    ...section(
      'Permissions, and what holds a step in a sandbox to them',
      sandbox.works ? words.map(({ word, heldBy, how }) => [word, heldBy, how]) : [],
    ),
    summary,
    '',
  ].join('\n')
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [title, ...table(rows), '']
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}

const count = (checks: readonly Check[], level: Check['level']): number =>
  checks.filter((check) => check.level === level).length

const plural = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
