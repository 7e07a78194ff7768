import type { PluginConfig, ServerCluster } from '../../src/config/model.ts'
import type { RequestHead } from '../../src/core/request.ts'
import type { ClusterSnapshot, RouterSnapshot, ServerSnapshot } from '../../src/core/snapshot.ts'
import type { AttemptStep, Outcome, Step } from '../../src/core/step.ts'
import type { Exchange, Router } from './reference/contract.ts'
import type { SwitchSketch } from './world-config.ts'

/** One exchange as the world sees it. */
export interface Life {
  readonly id: number
  readonly head: RequestHead
  readonly left: Exchange
  readonly right: Exchange
  /** The routers it belongs to, whatever was reloaded since. */
  readonly routers: readonly [Router, Router]
  step: Step
  /** Every attempt so far. */
  readonly attempts: AttemptStep[]
  timeoutRetries: number
  /** Attempts that had no step, because their server had no transport for the scheme (F18). */
  unseen: number
  viaAddress: boolean
  /** Servers whose 503 was not passed on (F11). */
  readonly answered503: Set<string>
  /** Servers that were down after a failure of this exchange. */
  readonly downed: Set<string>
}

/** An exchange that has just begun. */
export const lifeOf = (
  id: number,
  head: RequestHead,
  [left, right]: readonly [Exchange, Exchange],
  routers: readonly [Router, Router],
): Life => ({
  id,
  head,
  left,
  right,
  routers,
  step: left.step,
  attempts: [],
  timeoutRetries: 0,
  unseen: 0,
  viaAddress: false,
  answered503: new Set(),
  downed: new Set(),
})

/** What one action did. */
export interface Happening {
  readonly life: Life
  /** What was reported at which step; null: the exchange has just begun. */
  readonly reported: { readonly step: Step; readonly outcome: Outcome } | null
  readonly before: RouterSnapshot
  readonly after: RouterSnapshot
  readonly config: PluginConfig
  readonly switches: SwitchSketch
  /** false: the router began with weights of another configuration. */
  readonly ownWeights: boolean
}

/** Keeps account of what an exchange has been through. */
export const takeNote = ({ life, reported, before, after }: Happening): void => {
  const bound = life.left.binding?.cluster
  if (bound === undefined) return
  const outcome = reported?.outcome
  const at = reported?.step.kind === 'attempt' ? reported.step : null
  const failed = at !== null && outcome?.kind === 'failed'
  let failures = 0
  for (const [server, then, cluster] of pairs(before, after)) {
    if (cluster !== bound) continue
    failures += server.failed - then.failed
    if (server.list === 'cluster-address' && server.failed > then.failed) life.viaAddress = true
    if (server.failed > then.failed && server.health !== 'up') life.downed.add(server.name)
  }
  life.unseen += failures - Number(failed)
  if (at !== null && outcome?.kind === 'answered' && outcome.status === 503) {
    life.answered503.add(at.server)
  }
  const { step } = life
  if (step.kind !== 'attempt') return
  life.attempts.push(step)
  if (step.why === 'cluster-address') life.viaAddress = true
  const timedOut = failed && outcome.cause === 'read-timeout'
  if (timedOut && step.why !== 'same-server') life.timeoutRetries += 1
}

/** T4: attempts without those of F6. */
export const countedAttempts = ({ attempts, unseen }: Life): number =>
  attempts.filter(({ why }) => why !== 'same-server').length + unseen

/** T1, T2: one attempt, and one for each server there is; the ClusterAddress comes on top (K12). */
export const mostAttempts = ({ viaAddress }: Life, cluster: ClusterSnapshot): number =>
  1 + usableMembers(cluster).length + Number(viaAddress)

/** The servers that could be chosen at all (K10, F17). */
export const usableMembers = ({ servers }: ClusterSnapshot): readonly ServerSnapshot[] =>
  servers.filter(({ usable, list }) => usable && list !== 'none')

/** Every server and ClusterAddress now and before, with the name of its cluster. */
export const pairs = function* (
  before: RouterSnapshot,
  after: RouterSnapshot,
): Generator<readonly [ServerSnapshot, ServerSnapshot, string]> {
  for (const [c, cluster] of after.clusters.entries()) {
    const then = before.clusters[c]!
    for (const [s, server] of cluster.servers.entries()) {
      yield [server, then.servers[s]!, cluster.name]
    }
    const { clusterAddress } = cluster
    if (clusterAddress) yield [clusterAddress, then.clusterAddress!, cluster.name]
  }
}

/** State of a cluster by name. */
export const clusterIn = (snapshot: RouterSnapshot, name: string): ClusterSnapshot =>
  snapshot.clusters.find(cluster => cluster.name === name)!

/** Settings of a cluster by name. */
export const settingsOf = (config: PluginConfig, name: string): ServerCluster =>
  config.clusters.find(cluster => cluster.name === name)!
