import type { PluginConfig } from '../../src/config/model.ts'
import { type Match, walk } from '../corpus/plain-walk.ts'
import { readHead } from './reference/matching.ts'
import type { Happening } from './world-life.ts'

/** M1 to M7, E1: what a request is bound to is what a plain walk over all Routes finds. */
export const matchedByPlainWalk = ({
  life,
  reported,
  config,
  switches,
}: Happening): string | null => {
  if (reported !== null) return null
  const { head, step, left } = life
  const { vhostMatchingCompat } = config.settings
  const asked = readHead(head, switches.ambiguousPaths ?? 'refuse', vhostMatchingCompat)
  if ('bad' in asked) {
    const refused = step.kind === 'fail' && step.status === 400 && step.reason === asked.bad
    return refused ? null : 'E7 what cannot be understood is answered 400'
  }
  const { port, path, matchable } = asked
  // An alias with `*` as a part of the name matches nobody, not even a request that spells it that way.
  const host = asked.host === null || asked.host.includes('*') ? '' : asked.host
  const match = matchable ? walk(config, { host, port, path }) : null
  if (match === null) return step.kind === 'decline' ? null : 'M6 no Route, no server'
  const wanted = bindingOf(config, match)
  if (wanted === null) {
    const refused = step.kind === 'fail' && step.reason === 'cluster-unknown'
    return refused ? null : 'Q4 a Route to a cluster that does not exist'
  }
  const { binding } = left
  const same =
    binding?.cluster === wanted.cluster &&
    binding.affinityCookie === wanted.affinityCookie &&
    binding.affinityUrlIdentifier === wanted.affinityUrlIdentifier
  return same ? null : 'M3 the best match of a plain walk decides'
}

/** M7: cluster and affinity names of a match; null: there is no such cluster. */
const bindingOf = ({ routes, clusters, uriGroups }: PluginConfig, { route, pattern }: Match) => {
  const { serverCluster: cluster, uriGroup } = routes[route]!
  if (!clusters.some(({ name }) => name === cluster)) return null
  const group = uriGroups.find(({ name }) => name === uriGroup)
  const uri = group?.uris.find(({ name }) => name === pattern)
  return {
    cluster,
    affinityCookie: uri?.affinityCookie ?? 'JSESSIONID',
    affinityUrlIdentifier: uri?.affinityUrlIdentifier ?? 'jsessionid',
  }
}
