import type { PluginConfig } from '../config/model.ts'
import type { PartitionTable, RouterOptions } from './options.ts'
import type { RequestHead } from './request.ts'
import type { RouterSnapshot } from './snapshot.ts'
import type { Outcome, Step } from './step.ts'
import type { TraceRecord } from './trace.ts'

/** Decides for every request which server gets it. One per configuration; a reload makes a new one. */
export interface Router {
  readonly config: PluginConfig
  /**
   * Begins an exchange: matches the head and, unless a body must be buffered first, chooses a server.
   * Never throws on what a client sends.
   *
   * @param onTrace records of this exchange alone; default: `RouterOptions.onTrace`.
   */
  route(head: RequestHead, onTrace?: (record: TraceRecord) => void): Exchange
  /** The whole state as plain JSON. */
  snapshot(): RouterSnapshot
  /** Replaces the partition table of a cluster (2.6). Unknown clusters are ignored. */
  setPartitionTable(cluster: string, table: PartitionTable): void
}

/** One request from match to last byte, with its attempts. */
export interface Exchange {
  /** Number in its router, from 1. */
  readonly number: number
  /** What to do now. Reading it has no effect. */
  readonly step: Step
  /** What the request was bound to; null when it was declined or refused before that. */
  readonly binding: Binding | null
  /**
   * Says how the current step ended and returns the next one. Reports after the end are ignored and return the end.
   *
   * @throws PluginError `OUTCOME_UNEXPECTED` when the outcome does not fit the current step.
   */
  report(outcome: Outcome): Step
}

/** P3: what the winning Route and Uri fix for the request. */
export interface Binding {
  readonly cluster: string
  /** Index of the Route in the file. */
  readonly route: number
  readonly affinityCookie: string
  readonly affinityUrlIdentifier: string
  readonly removeSpecialHeaders: boolean
}

/** Makes a router. @throws PluginError `CONFIG_INVALID`, `OPTION_INVALID`. */
export declare const createRouter: (config: PluginConfig, options?: RouterOptions) => Router
