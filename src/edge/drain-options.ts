import { invalid, isObject, onlyKnown } from './option-error.ts'

/** How the sessions of a draining server are counted. */
export interface DrainOptions {
  /**
   * A session that sends nothing for this long counts as gone. Milliseconds; best a little more than the session timeout
   * of the applications. Default 1,800,000: half an hour, as sessions last by default.
   */
  readonly ttlMs?: number
  /** Sessions that are told apart for each draining server; of more, those seen longest ago are forgotten. Default 100,000. */
  readonly maxSessions?: number
}

/** The options with every default in its place. */
export type DrainSettings = Required<DrainOptions>

/**
 * Fills in the defaults.
 *
 * @throws PluginError `OPTION_INVALID` naming the option and what was given.
 */
export const resolveDrainOptions = (options: DrainOptions | undefined): DrainSettings => {
  if (options !== undefined && !isObject(options)) throw invalid('drain', options, 'an object')
  onlyKnown('drain', options ?? {}, ['ttlMs', 'maxSessions'])
  const { ttlMs = 1_800_000, maxSessions = 100_000 }: DrainOptions = options ?? {}
  if (!(Number.isFinite(ttlMs) && ttlMs >= 1)) {
    throw invalid('drain.ttlMs', ttlMs, 'a number of milliseconds from 1')
  }
  if (!(Number.isSafeInteger(maxSessions) && maxSessions >= 1 && maxSessions <= mostSessions)) {
    throw invalid('drain.maxSessions', maxSessions, `a whole number from 1 to ${mostSessions}`)
  }
  return { ttlMs, maxSessions }
}

/** What is counted takes room, some 200 bytes for each. */
const mostSessions = 10_000_000
