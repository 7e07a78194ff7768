import type { LogSettings } from '../config/model.ts'
import { addressesOf } from '../driver/connect.ts'
import type { LoadNews } from '../log/plugin-log.ts'
import type { Edge } from './api.ts'
import { logFailedStart } from './edge-log.ts'
import { configError, load } from './load.ts'
import { type EdgeOptions, resolveEdgeOptions } from './options.ts'
import { signatureOf } from './reload.ts'
import { RunningEdge } from './running-edge.ts'

export type { CloseOptions, CloseReport, Edge, EdgeCounters } from './api.ts'

/**
 * Reads the configuration and makes an edge from it. Where that fails, the log says why, too.
 *
 * @throws PluginError `CONFIG_INVALID` with the first errors in the message and all findings in `diagnostics`,
 *   `FILE_UNREADABLE`, `OPTION_INVALID`.
 */
export const createEdge = async (options: EdgeOptions): Promise<Edge> => {
  const settings = resolveEdgeOptions(options, addressesOf)
  const { config } = settings
  // Before reading: a change in between is seen at the next look.
  const signature = typeof config === 'string' ? await signatureOf(config).catch(() => null) : null
  const path = typeof config === 'string' ? config : null
  const failed = async (settingsOfFile: LogSettings | undefined, news: Omit<LoadNews, 'path'>) => {
    if (settings.log !== null) {
      await logFailedStart(settings.log, settingsOfFile, { path, ...news })
    }
  }
  const loaded = await load(settings).catch(async (error: unknown) => {
    await failed(undefined, { diagnostics: [], error })
    throw error
  })
  if (loaded.generation === null) {
    await failed(loaded.log, loaded)
    throw configError(loaded.diagnostics)
  }
  return new RunningEdge(settings, loaded, loaded.generation, signature)
}
