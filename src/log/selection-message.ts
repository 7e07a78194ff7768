import type { Why } from '../core/step.ts'
import type {
  CheckRecord,
  CompareRecord,
  IdsRecord,
  SelectRecord,
  SkipRecord,
  WeightsRecord,
} from '../core/trace.ts'
import { whyText } from '../debug/sentences.ts'
import { quoted, safe } from './escape.ts'
import { type LogLine, line, type MessageOptions } from './line.ts'
import { mask } from './secrets.ts'

const trace = (component: string, fn: string, message: string): LogLine =>
  line('trace', component, fn, message)

const group = 'ws_server_group'

/** Lines about the session that a request carries. */
export const idsLines = (record: IdsRecord, options: MessageOptions): readonly LogLine[] => {
  const { source, name = '', value = '', cloneIds, partitions = {} } = record
  const affinity = (message: string): LogLine =>
    trace('ws_common', 'websphereHandleSessionAffinity', message)
  if (source === 'none') return [affinity('No session identifier to go by')]
  const shown = quoted(options.showSecrets ? value : mask)
  const lookedUp =
    source === 'url'
      ? trace('ws_common', 'websphereParseSessionID', `Session id ${safe(name)}: ${shown}`)
      : trace('lib_htrequest', 'htrequestGetCookieValue', `Cookie ${safe(name)}: ${shown}`)
  const parse = (message: string): LogLine => trace('ws_common', 'websphereParseCloneID', message)
  return [
    affinity(`Looking at the ${sources[source]}${record.reparsed ? ' again' : ''}`),
    lookedUp,
    ...Object.entries(partitions).map(([id, owners]) =>
      parse(`Partition id ${quoted(id)} belongs to ${owners.map(quoted).join(', ')}`),
    ),
    parse(`Clone ids: ${cloneIds.length === 0 ? 'none' : cloneIds.map(quoted).join(', ')}`),
  ]
}

const sources = {
  'ssl-session': 'SSL session cookie',
  cookie: 'cookie',
  url: 'URL',
} as const

export const compareLines = (record: CompareRecord): readonly LogLine[] => {
  const find = (message: string): LogLine => trace(group, 'serverGroupFindClone', message)
  const compared = find(
    `comparing ${quoted(record.id)} with clone id ${quoted(record.serverCloneId ?? '')}`,
  )
  return record.match ? [compared, find(`match ${safe(record.server)}`)] : [compared]
}

/**
 * The status check, with its flags in the plug-in's order and punctuation, which has no comma before the last one
 * (routing.md 10.3). It is a matter of Trace in the old era and of Stats in the newer ones.
 */
export const checkLines = (record: CheckRecord, options: MessageOptions): readonly LogLine[] => {
  const server = safe(record.server)
  const flags = [
    `ignoreWeights ${bit(record.ignoreWeights)}`,
    `markedDown ${bit(record.markedDown)}`,
    `retryNow ${bit(record.retryNow)}`,
    `retryInSec ${record.retryInSec ?? '--'}`,
    `wlbAllows ${bit(record.wlbAllows)} reachedMaxConnectionsLimit ${bit(record.reachedMaxConnectionsLimit)}`,
  ].join(', ')
  return [
    line(
      options.layout === 'classic' ? 'trace' : 'stats',
      group,
      'serverGroupCheckServerStatus',
      `status of ${server}, ${flags}`,
    ),
    trace(
      'ws_server',
      'serverHasReachedMaxConnections',
      `${server}: current ${record.pending}, limit reached ${bit(record.reachedMaxConnectionsLimit)}`,
    ),
  ]
}

const bit = (flag: boolean): string => (flag ? '1' : '0')

export const skipLines = ({ server, reason, retryInSec }: SkipRecord): readonly LogLine[] => {
  const left = reason === 'marked-down' && retryInSec !== null ? `, retry in ${retryInSec}` : ''
  return [
    trace(
      group,
      'serverGroupCheckServerStatus',
      `${safe(server)} is passed over: ${reason}${left}`,
    ),
  ]
}

/** Where in the plug-in a choice is made. */
const choosers: Readonly<Record<Why, readonly [component: string, fn: string]>> = {
  affinity: ['ws_common', 'websphereHandleSessionAffinity'],
  'round-robin': [group, 'serverGroupNextRoundRobinServer'],
  random: [group, 'serverGroupSelectServer'],
  'only-server': [group, 'serverGroupSelectServer'],
  backup: [group, 'serverGroupGetFirstBackupServer'],
  'next-in-list': [group, 'serverGroupGetNextPrimaryServer'],
  'cluster-address': [group, 'serverGroupSelectServer'],
  'same-server': ['ws_common', 'websphereFindServer'],
  'least-recently-failed': [group, 'serverGroupSelectServer'],
}

/** One choice, by the three functions that have a part in it. */
export const selectLines = (record: SelectRecord): readonly LogLine[] => {
  const server = safe(record.server)
  const [component, fn] = choosers[record.why]
  const probe = record.probe ? ', to find out whether it is up again' : ''
  return [
    trace(component, fn, `${server} is chosen: ${whyText[record.why]}${probe}`),
    trace(group, 'lockedServerGroupUseServer', `${server} picked, weight ${record.weight}`),
    trace(
      group,
      'serverGroupIncrementConnectionCount',
      `${server} picked, pending count ${record.pending}, total count ${record.total}`,
    ),
    trace('ws_common', 'websphereFindServer', `Server ${server}, attempt ${record.attempt}`),
  ]
}

export const weightsLines = ({ reset, weights }: WeightsRecord): readonly LogLine[] => {
  const list = weights
    .map(({ server, current, start }) => `${safe(server)} ${current} of ${start}`)
    .join(', ')
  const what = reset > 0 ? `Weights reset, ${reset} times the start weight added` : 'Weights'
  return [trace(group, 'assureWeightsValid', `${what}: ${list}`)]
}
