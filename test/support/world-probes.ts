import type { RouterSnapshot } from '../../src/core/snapshot.ts'
import type { Router } from './reference/contract.ts'
import { clusterIn, type Happening, type Life } from './world-life.ts'

/** Who has the probe of a server: an exchange, or nobody who is still there to end it. */
type Holder = Life | 'nobody'

/**
 * R4: at most one probe a server. And the other way round, §8.4 E3: a server that is being probed has somebody who
 * does it, however the exchanges before ended.
 */
export class ProbeWatch {
  readonly #open = new Map<Router, Map<string, Holder>>()

  /** A router begins; probes in a state that it took over will never end. */
  open(router: Router, state: RouterSnapshot): void {
    this.#open.set(router, new Map(inHealth(state, 'probing').map(key => [key, 'nobody'])))
  }

  /** The rule that an action has broken, in words; null: none. */
  broken({ life, reported, after, switches }: Happening): string | null {
    const open = this.#open.get(life.routers[0])!
    const held = this.#release(life, reported, open, switches.probe503ClearsFlag === false)
    for (const key of inHealth(after, 'up')) open.delete(key)
    const { step } = life
    if (step.kind === 'attempt' && step.probe) {
      const key = keyOf(step.cluster, step.server)
      if (step.why !== 'same-server') {
        if (open.has(key)) return 'R4 one probe at a time'
        open.set(key, life)
      } else if (held && isProbing(after, step.cluster, step.server)) open.set(key, life)
    }
    const left = inHealth(after, 'probing').some(key => !open.has(key))
    return left ? 'E3 nobody leaves a probe open' : null
  }

  /** The attempt of an exchange is over, and its probe with it; before PM49491 a 503 left the flag up. */
  #release(
    life: Life,
    reported: Happening['reported'],
    open: Map<string, Holder>,
    leaves503: boolean,
  ): boolean {
    if (reported?.step.kind !== 'attempt') return false
    const { step, outcome } = reported
    const key = keyOf(step.cluster, step.server)
    if (open.get(key) !== life) return false
    if (leaves503 && outcome.kind === 'answered' && outcome.status === 503) open.set(key, 'nobody')
    else open.delete(key)
    return true
  }
}

const keyOf = (cluster: string, server: string): string => `${cluster}/${server}`

const inHealth = ({ clusters }: RouterSnapshot, health: 'up' | 'probing'): readonly string[] =>
  clusters.flatMap(cluster =>
    cluster.servers
      .filter(server => server.health === health)
      .map(server => keyOf(cluster.name, server.name)),
  )

const isProbing = (state: RouterSnapshot, cluster: string, server: string): boolean =>
  clusterIn(state, cluster).servers.find(({ name }) => name === server)?.health === 'probing'
