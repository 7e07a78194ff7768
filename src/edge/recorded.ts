import type { PluginConfig } from '../config/model.ts'
import type { RouterOptions } from '../core/options.ts'
import type { RequestHead } from '../core/request.ts'
import { authorityOf } from '../core/routing/target.ts'
import type { RecordedSettings, RecordedSwitches } from '../debug/recording.ts'

/** Absolute URL of a request, as the client wrote it. */
export const urlOf = ({ target, scheme, host }: RequestHead): string => {
  if (authorityOf(target) !== null) return target
  return `${scheme}://${host ?? ''}${target.startsWith('/') ? '' : '/'}${target}`
}

const switchNames = [
  'affinityFailover',
  'insecureFallback',
  'connectionTtlDefaultMs',
  'retryClock',
  'probe503ClearsFlag',
  'statsVocabulary',
  'markDownOn5xx',
  'allDown',
  'backupAffinity',
  'ambiguousPaths',
  'affinityDialect',
  'partitionTables',
] as const satisfies readonly (keyof RecordedSwitches)[]

/** How the router was set up. @param usable whether a transport could be used when the file was loaded. */
export const settingsOf = (
  options: RouterOptions,
  config: PluginConfig,
  usable: NonNullable<RouterOptions['transportUsable']>,
): RecordedSettings => {
  const given = switchNames.flatMap(name =>
    options[name] === undefined ? [] : [[name, options[name]] as const],
  )
  const unusable = unusableIn(config, usable)
  return { ...Object.fromEntries(given), ...(unusable.length > 0 && { unusable }) }
}

/** `CLUSTER/SERVER/http` and the like: servers none of whose transports of that scheme could be used. */
const unusableIn = (
  config: PluginConfig,
  usable: NonNullable<RouterOptions['transportUsable']>,
): readonly string[] =>
  config.clusters.flatMap(cluster =>
    [...cluster.servers, ...(cluster.clusterAddress ? [cluster.clusterAddress] : [])].flatMap(
      ({ name, transports }) =>
        (['http', 'https'] as const)
          .filter(scheme => {
            const own = transports.filter(({ protocol }) => protocol === scheme)
            return own.length > 0 && own.every(transport => !usable(transport, name, cluster))
          })
          .map(scheme => `${cluster.name}/${name}/${scheme}`),
    ),
  )

/** A head of its own, which nothing changes afterwards. */
export const headCopy = (head: RequestHead): RequestHead =>
  JSON.parse(JSON.stringify(head)) as RequestHead
