import { detectDotnet, detectGo, detectGradle, detectMaven, detectRust } from './detect/compiled.ts'
import type { Command, Detector, Found } from './detect/found.ts'
import { detectNode } from './detect/node.ts'
import type { ProjectFiles } from './detect/project-files.ts'
import { detectPython } from './detect/python.ts'
import { testTarget } from './detect/runners.ts'
import { detectElixir, detectPhp, detectRuby } from './detect/scripted.ts'

/** What a project's files say about making it ready and testing it. */
export type Detected = {
  /** Its kinds, each with commands that its plan runs. */
  readonly found: readonly Found[]
  /** One command that tests all; `null` when no file tells. */
  readonly test: Command | null
}

const detectors: readonly Detector[] = [
  detectNode,
  detectRust,
  detectGo,
  detectPython,
  detectMaven,
  detectGradle,
  detectRuby,
  detectElixir,
  detectPhp,
  detectDotnet,
]

/**
 * What the project calls its tests itself comes first: a script of package.json or composer.json, then a target of a
 * justfile or Makefile, then what is usual for its kind.
 */
export function detect(files: ProjectFiles): Detected {
  const all = detectors.map((look) => look(files)).filter((found) => found !== null)
  const target = all.some(hasScript) ? null : testTarget(files)
  if (target === null) return { found: all, test: together(all) }
  // Its target tests all of them, so each of them is only made ready.
  const ready = all.map((found): Found => ({ ...found, test: null }))
  return { found: ready, test: target }
}

const hasScript = ({ test }: Found): boolean => test !== null && test.why.startsWith('the script')

function together(all: readonly Found[]): Command | null {
  const tests = all.map(({ test }) => test).filter((test) => test !== null)
  if (tests.length === 0) return null
  return { run: tests.map(({ run }) => run).join(' && '), why: tests.map(({ why }) => why).join(', ') }
}
