import type { LogLevel } from '../../src/config/model.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import { openPluginLog, type PluginLogOptions } from '../../src/log/plugin-log.ts'
import { cluster, only, server, transport } from '../support/configs.ts'
import { lab, ok } from '../support/lab.ts'
import { Disk, linesOfText, october } from './support.ts'

const member = (name: string, cloneId: string, hostname: string, port: number) =>
  server(name, { cloneId, loadBalanceWeight: 2, transports: [transport({ hostname, port })] })

/** The configuration of figure 5-12. */
export const figure = only(
  cluster(
    [
      member('was1node_PluginMember1', 'v544d031', 'app1.example', 9088),
      member('was2Node_PluginMember2', 'v544d0o0', 'app2.example', 9086),
    ],
    { name: 'PluginCluster' },
  ),
)

/** The records of the ten steps: the session's server refuses, the other one answers (routing.md 7). */
export const takeover = (): readonly TraceRecord[] => {
  const l = lab(figure)
  const exchange = l.request({ target: '/snoop', cookie: 'JSESSIONID=0000k_7Zs:v544d031' })
  exchange.report({ kind: 'failed', cause: 'refused', code: 'ECONNREFUSED' })
  exchange.report(ok)
  return l.records
}

/** What these records leave in a log, without the banner. */
export const logOf = async (
  records: readonly TraceRecord[],
  level: LogLevel,
  options: PluginLogOptions = {},
): Promise<string[]> => {
  const disk = new Disk()
  const log = openPluginLog({
    file: '/log',
    level,
    pid: 0xea003e,
    now: () => october,
    fileSystem: disk,
    ...options,
  })
  for (const record of records) log.record(record)
  await log.close()
  return linesOfText(disk.text('/log')).filter(line => !line.includes(' - PLUGIN: '))
}
