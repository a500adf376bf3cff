import { Random } from '../../test/support/random.ts'

/** A step of an agent, and what must become of it. */
export type AgentStep = {
  readonly id: string
  readonly agent: string
  /** Who does it when its agent cannot. */
  readonly fallback: string | null
  readonly needs: readonly string[]
  readonly kind: 'works' | 'fails_first' | 'never_ends' | 'fails_until_mended'
  readonly seconds: number
}

/** `! ` when it refuses, `+ ` when it begins, `- ` when it has ended, each with who it is and for which attempt. */
export const worker = `
note() { echo "$1 $WORKER $ORCHD_RUN_ID/$ORCHD_STEP_ID#$ORCHD_ATTEMPT" >> "$PLACE/notes"; }
end() { note -; exit "$1"; }
trap 'end 143' TERM
note +
set -- $1
left=0
[ "$WORKER" = delta ] && [ -e "$PLACE/limited" ] && left=$(($(cat "$PLACE/limited") - $(date +%s)))
if [ "$left" -gt 0 ]; then
  note !
  echo "{\\"error\\":\\"HTTP 429: you have hit your usage limit, try again in $left seconds\\"}"
  end 1
fi
sleep "$2"
case $1 in
  fails_first) [ "$ORCHD_ATTEMPT" -gt 1 ] || end 1 ;;
  fails_until_mended) [ -e "$PLACE/mended" ] || end 1 ;;
esac
echo '{"text":"done"}'
end 0
`

const perRun = 40
const width = 8

/**
 * The steps of a run, in layers: each needs one or two of the layer above. One of each run never ends by itself; one of run
 * `c` fails until somebody mends it.
 */
export function agentSteps(run: string, seed: number): readonly AgentStep[] {
  const random = new Random(seed)
  return Array.from({ length: perRun }, (_, at): AgentStep => {
    const above = Math.floor(at / width - 1) * width
    const needs = above < 0 ? [] : [0, 3].map((shift) => `s${above + ((at + shift) % width)}`)
    const seconds = (2 + random.below(5)) / 10
    const base = { id: `s${at}`, needs: random.chance(0.5) ? needs : needs.slice(0, 1), seconds, fallback: null }
    // Enough of delta in each layer that its limit meets some of them at any time.
    if (at % 4 === 1) return { ...base, agent: 'delta', kind: 'works', fallback: at % 8 === 1 ? 'gamma' : null }
    const agent = random.pick(['alpha', 'beta', 'gamma'])
    if (at === 34) return { ...base, agent, kind: 'never_ends', seconds: 300 }
    if (at === 6 && run === 'c') return { ...base, agent, kind: 'fails_until_mended' }
    return { ...base, agent, kind: random.chance(0.25) ? 'fails_first' : 'works' }
  })
}

export const planOf = (name: string, steps: readonly AgentStep[]): object => ({
  name,
  steps: steps.map(({ id, agent, fallback, needs, kind, seconds }) => ({
    id,
    agent,
    depends_on: needs,
    prompt: `${kind} ${seconds}`,
    fallback: fallback === null ? [] : [fallback],
    ...(kind === 'fails_first' ? { retry: { max_attempts: 2, delay: '50ms' } } : {}),
    ...(kind === 'never_ends' ? { timeout: '1s', continue_on_error: true } : {}),
  })),
})
