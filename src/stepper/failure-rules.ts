import type { FailRecord } from '../core/trace.ts'

/** The rule behind each row of the failure table. */
const rowRules: Readonly<Record<string, string>> = {
  F1: 'A server that refuses the connection or cannot be reached is marked down, and another one is tried.',
  F2: 'A server that does not accept the connection within ConnectTimeout is marked down, and another one is tried.',
  F3: 'Without ConnectTimeout the operating system decides when connecting has failed; then the server is marked down, and another one is tried.',
  F4: 'A server with which TLS cannot be agreed counts as one without a connection: it is marked down, and another one is tried.',
  F5: 'With ExtendedHandshake a new connection must answer a small request first; a server that does not is marked down, and another one is tried.',
  F6: 'A stream from the pool that breaks was only old: the server is not blamed, and gets the request once more on a new stream.',
  F7: 'A new connection that breaks before a status line came marks its server down; another one is tried if the request can be sent again.',
  F8: 'A ServerIOTimeout above 0 that runs out does not mark the server down; the request is tried again within ServerIOTimeoutRetry, and a session may lead to the same server.',
  F9: 'A ServerIOTimeout below 0 that runs out marks the server down; the request is tried again within ServerIOTimeoutRetry.',
  F11: 'A server that answers 503 is well but does not want the request: it is not marked down, and another one is tried if there is one and the request can be sent again.',
  F13: 'A server whose answer is not HTTP is marked down, and another one is tried if the request can be sent again.',
  F14: 'An answer that breaks off after its beginning was passed on cannot be replaced: the connection to the client is closed.',
  F18: 'A server without a transport for the scheme of the request counts as one that cannot be connected to.',
}

/** Why the plug-in itself answers. */
const refusalRules: Readonly<Record<string, string>> = {
  'bad-host': 'A Host header that cannot be understood is answered with 400. (routing 9)',
  'bad-target': 'A path that cannot be understood is answered with 400. (routing 9)',
  'client-body': 'A request body that breaks off is answered with 400. (routing 9)',
  'body-too-large': 'A request body larger than PostSizeLimit is answered with 413. (routing 9)',
  'cluster-unknown': 'A Route to a cluster that is not defined is answered with 500. (routing 1.3)',
  'no-server':
    'A cluster without a server that can take the request is answered with 500. (routing 9)',
  'all-down':
    'When every server is marked down and no retry timer has run out, nobody is contacted and the client gets 500. (routing 9)',
  'all-busy':
    'When servers are at MaxConnections and all the others are down, the client gets 503, because a place may be free in a moment. (routing 9)',
  'all-out-of-service':
    "When every server is draining or stopped by an operator, the client gets 503, because the servers will be back. (ours, not the plug-in's)",
  'attempts-failed':
    'When every attempt that the rules allow has failed, the client gets 500. (routing 9)',
  'not-replayable':
    'A request whose body was sent in part and is not in memory cannot be sent to another server, so the client gets 500. (routing 4.2)',
  'server-503':
    'When no other server takes a request that was answered with 503, the client gets that 503. (routing 9)',
}

/** The rule behind a failure. */
export const failureRule = ({ row, cause }: FailRecord): string =>
  row === undefined
    ? (refusalRules[cause] ??
      'When no server can take the request, the plug-in answers itself. (routing 9)')
    : `${rowRules[row] ?? 'What a failure means depends on where it happens.'} (routing 4.1, ${row})`

/** The rule behind the plug-in's own answer. */
export const refusalRule = (reason: string | undefined): string =>
  refusalRules[reason ?? ''] ??
  'When no server can take the request, the plug-in answers itself. (routing 9)'
