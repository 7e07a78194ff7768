import type { PluginConfig } from '../config/model.ts'
import {
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
