import { ruleGroup } from '../rule.ts'

export const failures = ruleGroup(
  'What a failure means',
  `
F1 | D L | Refused or unreachable: marked down, another server.
F2 | D | ConnectTimeout passed: marked down, another server.
F3 | D | Without ConnectTimeout the operating system gives up: marked down, another server.
F4 | L I | TLS handshake or certificate fails: marked down, another server.
  ? a server with an expired certificate: is there a line about marking it down
F5 | D | ExtendedHandshake without a valid answer: marked down, another server.
F6 | D | A pooled stream that fails: the same server once more on a new stream; not marked, not
  counted as a retry.
F7 | D | A new stream that breaks before a status line: marked down, another server if the body can
  be sent again.
F8 | D | ServerIOTimeout above 0 passes: not marked, another try if the body can be sent again and
  the limits allow it.
F9 | D | ServerIOTimeout below 0 passes, its sign aside: as F8, and marked down.
F10 | D | ServerIOTimeout 0 or absent: no timer; it waits until the connection breaks.
F11 | D | Status 503: not marked, another server if there is one; otherwise the 503 is the answer.
F12 | I | Any status but 503 is passed on and marks nobody down.
  ? an application that answers 500: is there a line about marking the server down
F13 | I | What is no HTTP answer counts as a broken connection.
  ? a server that answers garbage on a new connection: marked down or not
F14 | I | A failure after the answer has begun to reach the client closes the client's connection.
  ? a server that dies in the middle of a download: nobody marked down, no second request
F15 | D | A client that leaves, or whose body breaks off, never marks a server down.
F16 | D | A server at MaxConnections is passed over; that is neither an attempt nor a mark.
F17 | D | A host that does not resolve at load: with IgnoreDNSFailures the server is out until the
  next load, else the file is refused.
F18 | D I | No transport for the scheme: the attempt has failed as if refused.
  ? an https request to a server with only an http transport: is that server marked down
`,
)

export const bodies = ruleGroup(
  'Bodies and second attempts',
  `
B1 | D | A request without a body can always be sent again.
B2 | D | One with a body can be sent again if all of it fitted into PostBufferSize; -1 is no limit,
  0 keeps nothing.
B3 | I | A request whose body is longer can still move on until the first byte of it went to a
  server.
  ? PostBufferSize 0, a POST, the first server refuses the connection: does the second get it
B4 | D I | A request that cannot be sent again gets 500; the mark of the failure stands all the
  same.
  ? PostBufferSize 0, negative ServerIOTimeout, a slow POST: 500, and the server marked down
B5 | D I | IBM's matrix of ServerIOTimeout and PostBufferSize.
  ? its right column: PostBufferSize 0 with a positive, no and a negative ServerIOTimeout
B6 | D | After a positive time-out the session leads to the same server again; a negative one avoids
  that.
B7 | D | The only server of a cluster gets no second try after a time-out.
B8 | D L R | Another server is told of the failover in $WSFO; its value is true.
  ? the value of $WSFO in a trace
`,
)

export const attempts = ruleGroup(
  'How many attempts',
  `
T1 | D | Retries never exceed the number of servers.
T2 | L | Connection failures: one attempt more than there are servers, so two with one server.
T3 | D L | ServerIOTimeoutRetry limits retries after time-outs only; 0 is none, -1 no limit of its
  own.
T4 | I | The second try of F6 is outside these counts.
  ? a stale pooled stream in a cluster with ServerIOTimeoutRetry=0: is the request sent again
T5 | I | Marks end the loop earlier: nobody is found any more.
  ? three servers, all stopped: how many connect errors for the first request
T6 | I | The addresses of a host are tried one after the other, each with its own ConnectTimeout.
  ? a host name with two addresses that do not answer: how long one attempt takes
`,
)

export const recovery = ruleGroup(
  'Down and up again',
  `
U1 | D I | An answer other than 503 marks a server up.
  ? a 503 to a request that was under way when its server went down: does it stay down
U2 | D | So does the answer to a request that was under way when another one marked the server down.
U3 | D I | A 503 to the probe lowers the flag; we mark the server up as well.
  ? a 503 to the probe: is the server used at once, or after another RetryInterval
R1 | D | RetryInterval counts from the last failure.
R2 | D L | Until RetryInterval has passed the server is passed over, and the check shows the seconds
  left.
R3 | D | Nothing probes by itself: the first request that is assigned after the interval is the
  probe.
R4 | D | One probe at a time.
R5 | I | Being due is not being chosen: new work also needs its turn and its weight.
  ? two servers, one due: does the very next request go to it
R6 | I | A failed probe starts the full interval again, never a longer one.
  ? a server that stays away for many intervals: the times between its connect errors
R7 | I | A probe that succeeds resets neither counters nor weight.
  ? the counters in the stats record after a server has returned
R8 | I | RetryInterval 0: due at once, for the next request.
  ? RetryInterval="0" with one server stopped: a connect error for every turn of it
R9 | I | A later failure of a request under way moves the timer forward.
  ? two slow requests that time out one after the other: retryInSec after the second
R10 | D | An expired timer without a probe always means eligible.
R11 | I | A session of a due server goes to it first, and pays for the attempt.
  ? the first request of a session after RetryInterval, its server still stopped: the connect error
    in its trace
R12 | D | All primaries down: the backups; all down: 500 without a connection.
R13 | D I | All down: 500, or with allDown=probe a try at the server whose failure is longest ago.
  ? all servers stopped, on a level with PH46938: are connections tried
R14 | D | A RetryInterval above (servers - 1) x |ServerIOTimeout| - 1 lets the first server rest
  while the last one fails: 59 for two servers and -60, 179 for four.
5 | D I | Down lasts until an answer or a probe, busy until a request ends; both hold for sessions.
  Nobody left: 500 when all are down, 503 when at least one is busy.
  ? some servers stopped and the others at MaxConnections: 500 or 503
5.1 | D L | Counters: pending from pick to end, failed attempts, picks by affinity, answers;
  MaxConnections 0 or -1 is no limit.
7 | D L | The documented failover in ten steps, and the request after it.
9 | D L I | The answers of the router itself: 500 when all are down, all attempts failed or the body
  is gone; 503 when all are busy; 413, 400; a server's own 503 and other errors are passed on; 404
  never.
  = F11, F12, Q18 and 5 say what to look at
`,
)
