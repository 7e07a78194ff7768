import type { LogSettings, PluginConfig } from '../config/model.ts'
import {
  type LoadNews,
  type LogProblem,
  openPluginLog,
  type PluginLog,
  type PluginLogOptions,
} from '../log/plugin-log.ts'
import type { EventHub } from './events.ts'

/**
 * Opens the log of an edge. What is wrong with it is a warning, and harms no request.
 *
 * @throws PluginError `OPTION_INVALID`.
 */
export const openEdgeLog = (
  options: PluginLogOptions,
  config: PluginConfig,
  events: EventHub,
): PluginLog => {
  const onError = (problem: LogProblem): void => {
    // Listeners can only be there in the turn after the one in which the edge was made.
    setImmediate(() => {
      const { message, error } = problem
      events.emit('warning', { code: 'LOG_FAILED', message, error })
    })
    try {
      options.onError?.(problem)
    } catch (error) {
      events.hookFailed('log.onError', error)
    }
  }
  return openPluginLog({ ...options, onError }, config.log)
}

/**
 * Tells the log that an edge could not be made, and ends it: whoever looks for the reason looks there. Where neither the
 * options nor what could be read of the file name a log, nothing is written.
 */
export const logFailedStart = async (
  options: PluginLogOptions,
  settings: LogSettings | undefined,
  news: LoadNews,
): Promise<void> => {
  const log = openPluginLog(options, settings)
  log.refused(news)
  await log.close()
}
