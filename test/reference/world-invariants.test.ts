import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { PluginConfig, ServerCluster } from '../../src/config/model.ts'
import type { ClusterSnapshot, RouterSnapshot, ServerSnapshot } from '../../src/core/snapshot.ts'
import type { AttemptStep, Outcome, Step } from '../../src/core/step.ts'
import { Divergence } from '../support/divergence.ts'
import { type RouterFactory, runWorld } from '../support/random-world.ts'
import type { Exchange, Router } from '../support/reference/contract.ts'
import { createReferenceRouter } from '../support/reference/reference.ts'
import { worlds } from '../support/world-actions.ts'

/*
 * The invariants are a second opinion beside the comparison of two routers: here both are wrong in the same way, so
 * that nothing but an invariant can see it.
 */

/** Whether there is a world in which two equal routers break this rule before any other; what is broken there. */
const brokenRule = (factory: RouterFactory, rule: RegExp): string | null => {
  const { errorInstance } = fc.check(
    fc.property(worlds(60), world => {
      try {
        runWorld(world, factory, factory)
      } catch (error) {
        if (!(error instanceof Divergence) || rule.test(error.what)) throw error
      }
    }),
    { seed: 2, numRuns: 1000, endOnFailure: true },
  )
  return errorInstance instanceof Divergence ? errorInstance.what : null
}

/** A router with some of it replaced. */
const changed =
  (change: (router: Router) => Partial<Router>): RouterFactory =>
  (config, options) => {
    const inner = createReferenceRouter(config, options)
    const plain: Router = {
      config,
      route: (head, onTrace) => inner.route(head, onTrace),
      setPartitionTable: (cluster, table) => inner.setPartitionTable(cluster, table),
      snapshot: () => inner.snapshot(),
    }
    return { ...plain, ...change(inner) }
  }

/** A router that says something else about its servers. */
const lying = (
  lie: (server: ServerSnapshot, cluster: ClusterSnapshot) => Partial<ServerSnapshot>,
): RouterFactory =>
  changed(router => ({
    snapshot: (): RouterSnapshot => {
      const state = router.snapshot()
      const clusters = state.clusters.map(cluster => ({
        ...cluster,
        servers: cluster.servers.map(server => ({ ...server, ...lie(server, cluster) })),
      }))
      return { ...state, clusters }
    },
  }))

/** A router that follows another configuration than the one it was given. */
const misled =
  (mislead: (config: PluginConfig) => PluginConfig): RouterFactory =>
  (config, options) => {
    const inner = createReferenceRouter(mislead(config), options)
    return {
      config,
      route: (head, onTrace) => inner.route(head, onTrace),
      setPartitionTable: (cluster, table) => inner.setPartitionTable(cluster, table),
      snapshot: () => inner.snapshot(),
    }
  }

const withClusters =
  (change: Partial<ServerCluster>) =>
  (config: PluginConfig): PluginConfig => ({
    ...config,
    clusters: config.clusters.map(cluster => ({ ...cluster, ...change })),
  })

/** A router whose exchanges understand reports and show steps in their own way. */
const twisted = (
  hear: (outcome: Outcome, step: Step) => Outcome,
  show: (step: Step, exchange: Exchange) => Step = step => step,
): RouterFactory =>
  changed(router => ({
    route: (head, onTrace) => {
      const inner = router.route(head, onTrace)
      return {
        number: inner.number,
        binding: inner.binding,
        get step() {
          return show(inner.step, inner)
        },
        report: outcome => show(inner.report(hear(outcome, inner.step)), inner),
      }
    },
  }))

const refused: Outcome = { kind: 'failed', cause: 'refused' }

/** Goes on with a new exchange where the attempts of the old one are used up. */
const tireless: RouterFactory = changed(router => ({
  route: (head, onTrace) => {
    let inner = router.route(head, onTrace)
    let made = 0
    const numbered = (step: Step): Step =>
      step.kind === 'attempt' ? { ...step, number: step.number + made } : step
    return {
      number: inner.number,
      binding: inner.binding,
      get step() {
        return numbered(inner.step)
      },
      report: outcome => {
        const before = inner.step
        const after = inner.report(outcome)
        if (before.kind !== 'attempt' || after.kind !== 'fail') return numbered(after)
        made += before.number
        inner = router.route(head, onTrace)
        return numbered(inner.step)
      },
    }
  },
}))

/** Forgets that a server is being probed when the next request comes. */
const forgetful: RouterFactory = (config, options) => {
  let inner = createReferenceRouter(config, options)
  return {
    config,
    route: (head, onTrace) => {
      const state = inner.snapshot()
      const clusters = state.clusters.map(cluster => ({
        ...cluster,
        servers: cluster.servers.map(server =>
          server.health === 'probing' ? { ...server, health: 'down' as const } : server,
        ),
      }))
      if (!isDeepStrictEqual(clusters, state.clusters)) {
        inner = createReferenceRouter(config, { ...options, snapshot: { ...state, clusters } })
      }
      return inner.route(head, onTrace)
    },
    setPartitionTable: (cluster, table) => inner.setPartitionTable(cluster, table),
    snapshot: () => inner.snapshot(),
  }
}

/** Fails the request instead of a first attempt, and lets the server go. */
const lazy: RouterFactory = changed(router => ({
  route: (head, onTrace) => {
    const inner = router.route(head, onTrace)
    const first = inner.step
    if (first.kind !== 'attempt') return inner
    inner.report({ kind: 'client-aborted' })
    const step: Step = {
      kind: 'fail',
      status: 500,
      reason: 'all-down',
      cluster: (first satisfies AttemptStep).cluster,
    }
    return { number: inner.number, binding: inner.binding, step, report: () => step }
  },
}))

const cases: readonly (readonly [what: string, router: RouterFactory, rule: RegExp])[] = [
  [
    'counts one pending request too few',
    lying(({ pending }) => ({ pending: pending - 1 })),
    /pending is never negative/,
  ],
  [
    'forgets to give requests back',
    lying(({ maxConnections, pending, total }) => ({
      pending: maxConnections === 0 ? pending + total : pending,
    })),
    /pending ends at 0/,
  ],
  ['counts failures down', lying(({ failed }) => ({ failed: -failed })), /counters never fall/],
  ['says busy without a limit', lying(() => ({ busy: true })), /F16 busy is the limit/],
  [
    'lets weights grow',
    lying(({ weight, total }) => ({ weight: { ...weight, current: weight.current + 30 * total } })),
    /W17/,
  ],
  [
    'takes weight away for nothing',
    lying(({ weight, total }) => ({ weight: { ...weight, current: weight.current - 30 * total } })),
    /W18/,
  ],
  ['calls a server that is down up', lying(() => ({ health: 'up' })), /R3/],
  [
    'calls a server that is down one that is being probed',
    lying(({ health }) => ({ health: health === 'up' ? 'up' : 'probing' })),
    /E3 nobody leaves a probe open/,
  ],
  [
    'calls a server that is being probed one that is down',
    lying(({ health }) => ({ health: health === 'up' ? 'up' : 'down' })),
    /R3/,
  ],
  [
    'probes before the time',
    lying(({ retryInMs }) => ({ retryInMs: retryInMs === null ? null : retryInMs + 1 })),
    /R2/,
  ],
  ['sends a second probe', forgetful, /R4 one probe at a time/],
  ['chooses servers that are in no list', lying(() => ({ list: 'none' })), /K10/],
  ['chooses servers without a transport', lying(() => ({ usable: false })), /F17/],
  [
    'does not count timeouts',
    misled(withClusters({ serverIoTimeoutRetry: null })),
    /T3 ServerIOTimeoutRetry/,
  ],
  ['never gives up', tireless, /T1/],
  [
    'numbers attempts wrongly',
    twisted(
      outcome => outcome,
      step => (step.kind === 'attempt' ? { ...step, number: 1 } : step),
    ),
    /numbered/,
  ],
  [
    'takes every stream from the pool',
    twisted(
      outcome => outcome,
      step => (step.kind === 'attempt' ? { ...step, stream: 'any' } : step),
    ),
    /T4/,
  ],
  [
    'marks down for a client that leaves',
    twisted((outcome, step) =>
      step.kind === 'attempt' && outcome.kind === 'client-aborted' ? refused : outcome,
    ),
    /F15/,
  ],
  ['fails while somebody could answer', lazy, /P7 s\d could have taken the request/],
  [
    'examines the Routes in the wrong order',
    misled(config => ({ ...config, routes: config.routes.toReversed() })),
    /M3/,
  ],
]

for (const [what, router, rule] of cases) {
  t.test(`two routers that agree are caught when the pair ${what}`, async t => {
    const found = brokenRule(router, rule)
    t.match(found, rule)
    t.match(found, /^invariant: /)
  })
}
