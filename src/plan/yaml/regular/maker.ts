/**
 * What is made of a regular text: its values, or its nodes with their places. Reading for values costs half as much,
 * and places are asked for only when there is something to say.
 */
export type Maker<T> = {
  /** @param source what is written, without quotes, escapes and folding */
  readonly scalar: (
    start: number,
    end: number,
    value: string | number | boolean | null,
    source: string,
    isPlain: boolean,
  ) => T
  readonly list: (start: number, end: number, isFlow: boolean, items: readonly T[]) => T
  /** @param pairs by turns the scalar of a key, and what it stands for */
  readonly map: (start: number, end: number, isFlow: boolean, pairs: readonly T[]) => T
}
