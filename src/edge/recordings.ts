import type { PluginConfig } from '../config/model.ts'
import type { Recording } from '../debug/recording.ts'

/** A recording and the configuration that the request began with. */
export interface KeptRecording {
  readonly config: PluginConfig
  readonly recording: Recording
}

/** The last recordings of an edge. */
export class Recordings {
  readonly #limit: number
  #kept: KeptRecording[] = []

  /** @param limit recordings kept at most; the oldest go first. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Newest last. */
  all(): readonly Recording[] {
    return this.#kept.map(({ recording }) => recording)
  }

  /** undefined: never kept, or not any more. */
  find(exchange: number): KeptRecording | undefined {
    return this.#kept.findLast(({ recording }) => recording.exchange === exchange)
  }

  add(kept: KeptRecording): void {
    this.#kept.push(kept)
    if (this.#kept.length > this.#limit) this.#kept.shift()
  }
}
