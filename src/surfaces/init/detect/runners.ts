import { type Command, firstOf } from './found.ts'
import type { ProjectFiles } from './project-files.ts'

/** A target `test` that the project has written for itself, in a justfile or a Makefile. */
export function testTarget(files: ProjectFiles): Command | null {
  const justfile = firstOf(files, 'justfile', 'Justfile', '.justfile')
  if (justfile !== undefined && /^@?test\b[^:=\n]*:(?!=)/m.test(files.read(justfile))) {
    return { run: 'just test', why: `the recipe "test" of ${justfile}` }
  }
  const makefile = firstOf(files, 'GNUmakefile', 'makefile', 'Makefile')
  if (
    makefile !== undefined &&
    /^(?:[\w./-]+[ \t]+)*test(?:[ \t]+[\w./-]+)*[ \t]*::?(?!=)/m.test(files.read(makefile))
  ) {
    return { run: 'make test', why: `the target "test" of ${makefile}` }
  }
  return null
}
