import { constants } from 'node:os'
import type { ConnectRecord, FailRecord, OutcomeRecord } from '../core/trace.ts'
import { reasonText } from '../debug/sentences.ts'
import { safe } from './escape.ts'
import { type LogLine, line } from './line.ts'

/** Lines about the connection to a server (routing.md 10.3: websphereGetStream). */
export const connectLines = (record: ConnectRecord): readonly LogLine[] => {
  const server = safe(record.server)
  const seconds = record.connectTimeoutMs / 1000
  const say = (level: 'debug' | 'error' | 'trace', message: string): LogLine =>
    line(level, 'ws_common', 'websphereGetStream', message)
  const limit =
    record.connectTimeoutMs === 0
      ? []
      : [say('trace', `Connecting to ${server} within ${seconds} s`)]
  switch (record.result) {
    case 'ok':
      return [...limit, say('debug', `Connected to ${server}`)]
    case 'timeout':
      return [...limit, say('error', `connect timeout: ${server}, ${seconds} s`)]
    case 'failed':
      return [...limit, say('error', `connect to ${server} failed ${osError(record.code)}`)]
  }
}

/** The operating system's number, which is what the plug-in writes, and its name. */
const osError = (code: string | undefined): string => {
  if (code === undefined) return '(unknown)'
  const number = (constants.errno as Readonly<Record<string, number>>)[code]
  return number === undefined ? `(${safe(code)})` : `(${number}): ${code}`
}

/** Lines about an attempt that failed, or about a request that no server is left for. */
export const failLines = (record: FailRecord): readonly LogLine[] =>
  record.server === undefined ? endLines(record) : attemptLines(record, safe(record.server))

const attemptLines = (record: FailRecord, server: string): readonly LogLine[] => {
  const { cause, row } = record
  const text = safe(record.text)
  const execute = (level: 'error' | 'warn', message: string): LogLine =>
    line(level, 'ws_common', 'websphereExecute', message)
  const noStream = execute('error', `No stream to ${server} was created: ${text}`)
  // F6: the stream was to blame, and the server is asked again.
  if (row === 'F6') return [execute('warn', `Read failed on an old stream to ${server}: ${text}`)]
  switch (cause) {
    case 'tls':
      return [line('error', 'lib_stream', 'openStream', `${server}: ${text}`), noStream]
    case 'handshake':
      return [line('error', 'ws_common', 'websphereGetStream', `${server}: ${text}`), noStream]
    case 'reset':
      return [execute('error', `Read failed on a new stream to ${server}: ${text}`)]
    case 'read-timeout':
      return [{ level: 'error', text: timeoutText(record) }]
    case 'malformed':
      return [line('error', 'lib_htresponse', 'htresponseRead', `${server}: ${text}`)]
    case 'no-transport':
      return [line('error', 'ws_common', 'websphereFindTransport', `${server}: ${text}`)]
    case 'status-503':
      return [execute('warn', `${server}: ${text}, retry ${record.retry === true ? 'YES' : 'NO'}`)]
    case 'response-broken':
      return [execute('error', `${server}: ${text}`)]
    default:
      return [noStream]
  }
}

/** T3: the record of a timeout has no component. `rc` is the operating system's number for a timeout. */
const timeoutText = (record: FailRecord): string => {
  const { timeoutMs = 0, retryCount = 0, serverIoTimeoutRetry, retry } = record
  return `ServerIOTimeout fired: time out ${timeoutMs / 1000}, retry count ${retryCount}, serverIOTimeoutRetry ${serverIoTimeoutRetry ?? -1}, retry ${retry === true ? 'YES' : 'NO'}, rc ${constants.errno.ETIMEDOUT}`
}

/** Why a request is refused: the client's doing, which must not fill the log of errors. */
const ofTheClient: ReadonlySet<string> = new Set([
  'bad-host',
  'bad-target',
  'client-body',
  'body-too-large',
])

const endLines = ({ cause }: FailRecord): readonly LogLine[] => {
  const reason = reasonText(cause)
  const write = line(
    'error',
    'ws_common',
    'websphereWriteRequestReadResponse',
    `No app server could be found for this request: ${reason}`,
  )
  switch (cause) {
    case 'bad-host':
    case 'bad-target':
    case 'client-body':
    case 'body-too-large':
      return []
    case 'cluster-unknown':
      return [line('error', 'ws_common', 'websphereFindServerGroup', `No cluster: ${reason}`)]
    case 'not-replayable':
    case 'server-503':
      return [write, noResponse]
    default:
      return [
        line(
          'error',
          'ws_server_group',
          'serverGroupNextRoundRobinServer',
          'no server found, every member may be down',
        ),
        write,
        noResponse,
      ]
  }
}

/** The cache layer wraps every request in the plug-in, and its record is what people look for. */
const noResponse: LogLine = line('error', 'ESI', 'getResponse', 'No response: rc = 2')

/** Lines about the end of a request. */
export const outcomeLines = (record: OutcomeRecord): readonly LogLine[] => {
  const end = line('trace', 'ws_common', 'websphereEndRequest', 'end of handling')
  const handle = (level: 'error' | 'warn', message: string): LogLine =>
    line(level, 'ws_common', 'websphereHandleRequest', message)
  switch (record.result) {
    case 'served':
    case 'decline':
      return [end]
    case 'client-aborted':
      return [handle('warn', 'The client has gone away'), end]
    case 'response-broken':
      return [handle('error', 'The answer could not be passed on whole'), end]
    case 'fail': {
      const { reason = '', status = 0 } = record
      return [
        handle(
          ofTheClient.has(reason) ? 'warn' : 'error',
          `The request could not be handled: ${reasonText(reason)}, status ${status}`,
        ),
        end,
      ]
    }
  }
}
