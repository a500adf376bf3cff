import type { Clock, Timer } from '../../src/ports/clock.ts'
import type { Random } from '../support/random.ts'

type Due = { readonly at: number; readonly order: number; readonly generation: number; readonly callback: () => void }

/** Virtual time: nothing happens by itself, `step` runs the next thing that is due. What belongs to a crashed holder is dropped. */
export class SimClock implements Clock {
  #now = 1_700_000_000_000
  #order = 0
  #queue: Due[] = []
  readonly #random: Random
  generation = 0

  constructor(random: Random) {
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  random(below: number): number {
    return this.#random.below(below)
  }

  soon(callback: () => void): void {
    this.at(this.#now, callback)
  }

  at(at: number, callback: () => void): Timer {
    return this.#add({ at: Math.max(at, this.#now), order: this.#order++, generation: this.generation, callback })
  }

  /** Something of the outside world, which no crash of the holder stops. */
  world(at: number, callback: () => void): Timer {
    return this.#add({ at: Math.max(at, this.#now), order: this.#order++, generation: -1, callback })
  }

  crash(): void {
    this.generation++
    this.#queue = this.#queue.filter((due) => due.generation === -1)
  }

  /** Whether anything was left to do. */
  step(): boolean {
    let best: Due | undefined
    for (const due of this.#queue) {
      if (best === undefined || due.at < best.at || (due.at === best.at && due.order < best.order)) best = due
    }
    if (best === undefined) return false
    const next = best
    this.#queue = this.#queue.filter((due) => due !== next)
    this.#now = Math.max(this.#now, next.at)
    next.callback()
    return true
  }

  #add(due: Due): Timer {
    this.#queue.push(due)
    return { cancel: () => void (this.#queue = this.#queue.filter((other) => other !== due)) }
  }
}
