const long = process.env['ORCHD_TEST_SIZE'] === 'long'

/** How many cases a property is tried with: 100,000 at full size. */
export const cases = (few: number): { readonly numRuns: number } => ({ numRuns: long ? 100_000 : few })

/** What a property may take then, in the place of a test's options. */
export const patience: { readonly timeout: number } = { timeout: long ? 1_800_000 : 60_000 }
