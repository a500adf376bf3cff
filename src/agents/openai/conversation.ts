import type { JsonObject } from '../../base/json.ts'

/** What was said: where the service keeps it, a request has only what is new, else all of it. */
export class Conversation {
  /** What the service has beside `#all`, from an earlier attempt. */
  readonly #base: string | null
  #all: JsonObject[]
  #new: JsonObject[]
  #last: string | null
  #isKept: boolean

  constructor(base: string | null, first: readonly JsonObject[], isKept: boolean) {
    this.#base = base
    this.#all = [...first]
    this.#new = [...first]
    this.#last = base
    this.#isKept = isKept
  }

  get isNew(): boolean {
    return this.#last === this.#base
  }

  request(): JsonObject {
    const previous = this.#isKept ? this.#last : this.#base
    return {
      input: this.#isKept ? this.#new : this.#all,
      ...(previous === null ? {} : { previous_response_id: previous }),
    }
  }

  /** A response, and what answers its calls. */
  add(id: string, output: readonly JsonObject[], answers: readonly JsonObject[]): void {
    this.#all = [...this.#all, ...output, ...answers]
    this.#new = [...answers]
    this.#last = id
  }

  /** The service does not have what it was to keep. @returns whether the same can be said in whole */
  tellAll(): boolean {
    if (!this.#isKept || this.isNew) return false
    this.#isKept = false
    return true
  }
}
