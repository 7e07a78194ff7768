import { ruleGroup } from '../rule.ts'

export const transports = ruleGroup(
  'Transports',
  `
Y1 | L | An https request takes the https transport, an http request the http transport.
Y2 | L R | The choice has a number: 1 for https, 2 for http.
  ? the case number in websphereFindTransport for an http request
Y3 | D L | An https request without https transport: from 8.5.5.0 no connection, unless UseInsecure
  allows http.
Y4 | I | An http request to a server that has only https takes that.
  ? a server with one https transport and a request on port 80
Y5 | D | Of several transports of one protocol the first is used.
Y6 | L | An https transport whose TLS cannot be set up at load is skipped; the rest of the file
  works.
`,
)

export const streams = ruleGroup(
  'Streams',
  `
Z1 | L | Idle streams are kept for each transport.
Z2 | D | An idle stream that the server has closed is replaced without counting a failure.
Z3 | D | A stream idle for ConnectionTTL is dropped; absent it is 28 s, 0 is any age.
Z4 | D | A stream is closed only by the server, by age, after a failure, after an answer that is not
  kept alive, or at the end.
Z5 | L | ConnectTimeout bounds connecting; then ServerIOTimeout bounds every read and write on that
  stream.
Z6 | I | The stream that was used last is used first.
  ? the socket numbers of several idle streams in a trace
Z7 | I | A stream carries one request at a time.
  ? two slow requests to one server: two sockets
Z8 | I | Marking a server down leaves its idle streams alone; they are judged when next used.
  ? netstat after a mark-down: are the idle connections still there
Z9 | D | ExtendedHandshake asks a small question on every new stream and waits for its answer.
8.3 | D | MaxConnections counts pending requests, not idle streams.
`,
)

export const oneProcess = ruleGroup(
  'In one process',
  `
8.4 E1 | I | Check, pick and counting happen in one turn: requests that arrive together never all
  take the last place.
  = it replaces a lock of the plug-in
8.4 E2 | I | Time and chance are given from outside and read once for a choice.
  = it makes decisions repeatable
8.4 E3 | I | Whatever ends an attempt lowers the probe flag, also a client that leaves; the mark and
  the timer stay.
  ? a client that disconnects during the probe: is the server probed again by the next request
8.4 E4 | I | State belongs to one router and is shared with nobody.
  = the plug-in keeps its state per process
`,
)
