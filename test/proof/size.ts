/** Whether campaigns run at full size (`npm run test:long`). */
export const long: boolean = process.env['ORCHD_TEST_SIZE'] === 'long'

/** Of a campaign's chances: every campaign prints it, and `ORCHD_FIRST_SEED` has it run the same way again. */
export const seed: number = Number(process.env['ORCHD_FIRST_SEED'] ?? Date.now() % 1e6)

/** What a campaign found, for people; the page `docs/reliability.md` quotes it. */
export function report(campaign: string, found: object): void {
  console.log(campaign, JSON.stringify({ seed, ...found }))
}
