import type { ProjectFiles } from './project-files.ts'

/** A command, and the file that told it. */
export type Command = { readonly run: string; readonly why: string }

/** How a project of one kind is made ready and tested. */
export type Found = {
  /** For people: `Node.js`. */
  readonly kind: string
  /** In ids of steps, where there is more than one kind: `node`. */
  readonly id: string
  /** `null`: nothing need be done, or nothing tells what. */
  readonly setup: Command | null
  readonly test: Command | null
}

/** Looks whether a project is of one kind. */
export type Detector = (files: ProjectFiles) => Found | null

/** The first of the files that is there. */
export const firstOf = (files: ProjectFiles, ...names: readonly string[]): string | undefined =>
  names.find((name) => files.has(name))
