import { resolve } from 'node:path'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import { createRouter } from '../../src/core/router.ts'
import { listNames } from '../../src/debug/list-names.ts'

const { config } = await loadPluginConfig(
  resolve(import.meta.dirname, '../../plugin-cfg/backups.xml'),
)
const [cluster] = config.clusters
if (cluster === undefined) throw new Error('sample changed')

const lists = [
  [
    'K1 in the order of the lists',
    { primaryServers: ['Backup2', 'Primary1'], backupServers: ['Primary2', 'Backup1'] },
    { primaries: ['Backup2', 'Primary1'], backups: ['Primary2', 'Backup1'] },
  ],
  [
    'Q5 without lists every server is a primary, in the order of the file',
    { primaryServers: [], backupServers: [] },
    { primaries: ['Primary1', 'Primary2', 'Backup1', 'Backup2'], backups: [] },
  ],
  [
    'K10 a server in both lists is a primary, one in neither is in none, unknown names are nobody',
    { primaryServers: ['Primary2', 'Nobody', 'Primary2'], backupServers: ['Primary2', 'Backup1'] },
    { primaries: ['Primary2'], backups: ['Backup1'] },
  ],
] as const

for (const [title, change, expected] of lists) {
  t.test(title, async t => {
    t.same(listNames({ ...cluster, ...change }), expected)
    const router = createRouter({ ...config, clusters: [{ ...cluster, ...change }] })
    const { servers = [] } = router.snapshot().clusters[0] ?? {}
    for (const list of ['primary', 'backup'] as const) {
      t.same(
        servers.filter(server => server.list === list).map(server => server.name),
        servers
          .filter(({ name }) =>
            (list === 'primary' ? expected.primaries : expected.backups).some(
              each => each === name,
            ),
          )
          .map(server => server.name),
        'as the core has it',
      )
    }
  })
}
