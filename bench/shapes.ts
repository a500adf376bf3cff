/** Graphs of `size` steps `true`, the same for everybody, as a plan, a build.ninja and a Makefile. */
export type Shape = {
  readonly name: 'fan-out' | 'layered' | 'chain' | 'diamond'
  /** What step `i` waits for. */
  readonly needs: (i: number) => readonly number[]
}

const layerWidth = 100

export const shapes: readonly Shape[] = [
  { name: 'fan-out', needs: (i) => (i === 0 ? [] : [0]) },
  { name: 'layered', needs: threeOfTheLayerAbove },
  { name: 'chain', needs: (i) => (i === 0 ? [] : [i - 1]) },
  { name: 'diamond', needs: ladder },
]

/** Three steps of the layer above by chance, the same chance each time. */
function threeOfTheLayerAbove(i: number): readonly number[] {
  const above = i - (i % layerWidth) - layerWidth
  if (above < 0) return []
  const chance = (i * 2_654_435_761) % 4_294_967_296
  const first = chance % layerWidth
  return [first, (first + 1 + (chance % 37)) % layerWidth, (first + 50 + (chance % 41)) % layerWidth].map(
    (column) => above + column,
  )
}

/** Joints with two steps between each and the next. */
function ladder(i: number): readonly number[] {
  if (i === 0) return []
  return i % 3 === 0 ? [i - 2, i - 1] : [i - (i % 3)]
}

const listed = (shape: Shape, size: number, line: (id: string, needs: readonly string[]) => string): string =>
  Array.from({ length: size }, (_, i) =>
    line(
      `s${i}`,
      shape.needs(i).map((need) => `s${need}`),
    ),
  ).join('')

/** @param body the lines of each step beside `id` and `depends_on`, indented by four */
export const planText = (shape: Shape, size: number, body = '    run: "true"\n'): string =>
  `name: ${shape.name}\nsteps:\n${listed(
    shape,
    size,
    (id, needs) => `  - id: ${id}\n    depends_on: [${needs.join(', ')}]\n${body}`,
  )}`

export const ninjaText = (shape: Shape, size: number): string =>
  `rule t\n  command = true\n${listed(shape, size, (id, needs) => `build ${id}: t ${needs.join(' ')}\n`)}`

/** Recipes with a shell word are run by a shell, as ninja runs all of its: `true` alone make would execute itself. */
export const makeText = (shape: Shape, size: number): string =>
  `.PHONY: all ${listed(shape, size, (id) => `${id} `)}\nall: ${listed(shape, size, (id) => `${id} `)}\n${listed(
    shape,
    size,
    (id, needs) => `${id}: ${needs.join(' ')}\n\t@true\n`,
  )}`
