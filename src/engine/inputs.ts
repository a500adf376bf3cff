import type { Batch } from './batch.ts'

/** Something that waits for the next commit. `apply` adds its events or throws an OrchdError, having added none. */
export type Input = {
  /** News from the world must not get lost: when the disk is full it is tried again, and not refused. */
  readonly keep: boolean
  apply(batch: Batch): void
  done(): void
  fail(error: unknown): void
}

/** Somebody asks and waits: the promise resolves when the answer is durable. */
export function question<T>(apply: (batch: Batch) => T, enter: (input: Input) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let answer: T
    enter({
      keep: false,
      apply: (batch) => {
        answer = apply(batch)
      },
      done: () => resolve(answer),
      fail: reject,
    })
  })
}

/** Applies an input, or refuses it alone. */
export function applied(input: Input, batch: Batch): boolean {
  try {
    input.apply(batch)
    return true
  } catch (error) {
    input.fail(error)
    return false
  }
}
