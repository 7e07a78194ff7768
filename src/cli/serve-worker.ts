import cluster from 'node:cluster'
import { UsageError } from './io.ts'
import { greeting } from './serve-greeting.ts'
import { type FromWorker, type ToWorker, workerVariable } from './serve-messages.ts'
import type { ServeSettings, Superior } from './serve-process.ts'

/** The side of a worker: `serve --workers` has started this process. */
export interface WorkerSide {
  /** The settings of this worker alone. */
  readonly settings: ServeSettings
  readonly superior: Superior
  /** Lets the process end by itself. */
  leave(): void
}

/** Whether this process is a worker of `serve --workers`. */
export const isWorker = (): boolean => cluster.isWorker && workerVariable in process.env

/**
 * Waits for the word to start. Signals of the terminal, which reach all its processes, are for the one that started us;
 * when that is gone, Node ends the worker.
 *
 * @param workers how many there are. @throws UsageError outside of a worker.
 */
export const joinCrew = async (settings: ServeSettings, workers: number): Promise<WorkerSide> => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  const hangUps = new Set<() => void>()
  let stop = (): void => {}
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  const started = new Promise<Extract<ToWorker, { kind: 'start' }>>(resolve => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'start') resolve(message)
      else if (message.kind === 'stop') stop()
      else for (const called of hangUps) called()
    })
  })
  tell({ kind: 'hello' })
  const { ports, console } = await started
  const { host } = settings.ports
  return {
    settings: {
      ...settings,
      ports: {
        host,
        ports: settings.ports.ports.map((port, index) => ({
          ...port,
          number: ports[index] ?? port.number,
        })),
      },
      console: console ?? undefined,
    },
    superior: {
      ready: (edge, listeners) =>
        tell({
          kind: 'ready',
          greeting: greeting(settings, { host, ports: listeners.ports }, edge.config, workers),
        }),
      untilStopped: () => stopped,
      onHangUp: called => {
        hangUps.add(called)
        return () => hangUps.delete(called)
      },
    },
    leave: () => cluster.worker?.disconnect(),
  }
}

const tell = (message: FromWorker): void => {
  process.send?.(message)
}

/** @throws UsageError where there can be no workers. */
export const refuseWorkersOfWorkers = (): void => {
  if (!cluster.isWorker) return
  throw new UsageError(
    '--workers cannot be used in a worker of another cluster; leave it out, or start serve in a process of its own',
  )
}
