import { writtenDefault } from '../attributes.ts'
import { quote } from '../diagnostics.ts'
import { configAttributes } from '../schema/config.ts'
import { attributeOf } from '../xml.ts'
import { placeOf, propertyOf, type Rule, written } from './rule.ts'

/** What is read and kept but has no effect in this router says so, once each (E10). */
export const inactiveRules: readonly Rule[] = [
  {
    code: 'X20',
    severity: 'note',
    title: 'a setting that is read and kept, but does nothing in this router',
    check: (lint, report) => {
      const { config } = lint
      const { element } = placeOf(lint, config)
      for (const spec of configAttributes) {
        if (!('inactive' in spec)) continue
        const name = written(lint, config, spec.name)
        const text = name === undefined ? undefined : attributeOf(element, name)
        if (text === undefined || text.toLowerCase() === writtenDefault(spec)?.toLowerCase())
          continue
        report(config, name, {
          message: `${spec.name} has no effect here: ${spec.inactive}`,
          effect: 'requests are handled as with its default',
          advice: 'nothing needs to be changed; do not rely on it',
        })
      }
      for (const cluster of config.clusters) {
        if (!cluster.getDwlmTable) continue
        report(cluster, 'GetDWLMTable', {
          message: 'GetDWLMTable has no effect here: servers are not asked for the table',
          effect: 'partition ids are balanced until the host of the router gives it a table',
          advice: 'use the option partitionTables or setPartitionTable() of the router',
        })
        break
      }
      const { log } = config
      if (log?.name?.trimStart().startsWith('|')) {
        report(log, 'Name', {
          message: `Log Name is ${quote(log.name)}, but no program is started here`,
          effect: 'no log is written',
          advice: 'write the path of a file; it may be renamed or truncated while it is written',
        })
      }
      const esi = propertyOf(config.properties, 'ESIEnable')
      if (esi?.value.trim().toLowerCase() === 'true') {
        report(esi, 'Value', {
          message: 'ESIEnable is true, but there is no edge side include processor here',
          effect: 'servers are not told of one, so they send whole pages; nothing is cached',
          advice: 'nothing needs to be changed; caching belongs in front of this router',
        })
      }
      if (config.requestMetrics?.enabled) {
        report(config.requestMetrics, 'rmEnabled', {
          message: 'RequestMetrics is switched on, but request metrics are not collected here',
          effect: 'no record and no correlator header is written',
          advice: 'use the trace of the router instead',
        })
      }
      const management = config.intelligentManagement
      if (management !== undefined) {
        const names = management.connectorClusters.map(cluster => quote(cluster.name)).join(', ')
        report(management, undefined, {
          message: `IntelligentManagement${names === '' ? '' : ` (${names})`} is not active here`,
          effect: 'no controller is asked; the static part of the file is routed',
          advice: 'generate a file with static clusters and routes',
        })
      }
    },
  },
]
