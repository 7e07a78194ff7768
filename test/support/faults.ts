import type { RouterFactory } from './random-world.ts'
import { createReferenceRouter } from './reference/reference.ts'

/** Routers that do one thing wrong, to see whether it is found. */
export const faults: Readonly<Record<string, RouterFactory>> = {
  'a timeout that marks down whatever its sign': (config, options) =>
    createReferenceRouter(
      {
        ...config,
        clusters: config.clusters.map(cluster => ({
          ...cluster,
          servers: cluster.servers.map(server => ({ ...server, serverIoTimeoutMarksDown: true })),
        })),
      },
      options,
    ),
  'sessions looked for in the query': (config, options) => {
    const router = createReferenceRouter(config, options)
    return {
      config,
      route: (head, onTrace) =>
        router.route({ ...head, target: head.target.replace('?;', ';') }, onTrace),
      setPartitionTable: (cluster, table) => router.setPartitionTable(cluster, table),
      snapshot: () => router.snapshot(),
    }
  },
  'routes in the wrong order': (config, options) =>
    createReferenceRouter({ ...config, routes: config.routes.toReversed() }, options),
  'one random number too many': (config, options) =>
    createReferenceRouter(config, {
      ...options,
      random: () => {
        options.random?.()
        return options.random?.() ?? 0
      },
    }),
  'a second random source': (config, options) =>
    createReferenceRouter(config, { ...options, random: () => 0.3 }),
}
