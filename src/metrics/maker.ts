import type { Counter, Gauge, Histogram } from 'prom-client'
import { PluginError } from '../errors.ts'
import type { MetricsSettings } from './options.ts'

/** Makes metrics in one registry under one prefix, and takes them out again. */
export class Maker {
  readonly #settings: MetricsSettings
  readonly #names: string[] = []

  constructor(settings: MetricsSettings) {
    this.#settings = settings
  }

  /** @param collect brings the values up to date; called for every scrape. */
  counter<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    collect?: (counter: Counter<L>) => void,
  ): Counter<L> {
    const { client } = this.#settings
    const counter: Counter<L> = new client.Counter({
      ...this.#common(name, help, labelNames),
      ...(collect !== undefined && { collect: () => collect(counter) }),
    })
    return counter
  }

  /** @param collect brings the values up to date; called for every scrape. */
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (gauge: Gauge<L>) => void,
  ): Gauge<L> {
    const { client } = this.#settings
    const gauge: Gauge<L> = new client.Gauge({
      ...this.#common(name, help, labelNames),
      collect: () => collect(gauge),
    })
    return gauge
  }

  histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: readonly number[],
  ): Histogram<L> {
    const { client } = this.#settings
    return new client.Histogram({
      ...this.#common(name, help, labelNames),
      buckets: [...buckets],
    })
  }

  /** Takes out of the registry what was made here. */
  removeAll(): void {
    const { registry: register } = this.#settings
    for (const name of this.#names) register.removeSingleMetric(name)
    this.#names.length = 0
  }

  #common<L extends string>(name: string, help: string, labelNames: readonly L[]) {
    const { registry: register, prefix } = this.#settings
    const full = `${prefix}${name}`
    if (register.getSingleMetric(full) !== undefined) {
      this.removeAll()
      throw new PluginError(
        'OPTION_INVALID',
        `the registry has a metric ${full} already; write another prefix or another registry for this edge`,
      )
    }
    this.#names.push(full)
    return { name: full, help, labelNames, registers: [register] }
  }
}
