import { ruleGroup } from '../rule.ts'

export const weights = ruleGroup(
  'Weighted round robin',
  `
W1 | D I | LoadBalanceWeight is a whole number; absent or unreadable it is 2, negative 0 with a
  warning.
  ? a server without LoadBalanceWeight beside one with 2: do they share alike
W2 | D | The weights of a cluster are divided by their greatest common divisor.
W3 | I | Zeros take no part in the divisor and stay zero.
  ? weights 0, 4 and 8: two requests in three to the last
W4 | D | Current weights begin at the start weights.
W5 | I | A reload begins anew: weights, marks and counters.
  ? touch the file while a server is down: is it tried at once after the reload
W6 | D | The first server is drawn by chance, once for a process; then the list is followed around.
W7 | D | A pick costs 1, when the request is assigned and not when it succeeds.
W8 | D | A server at 0 or below gets no new work.
W9 | L | New work needs a server that is up or due for its probe, not busy, and with weight left.
W10 | I | Only picks of new work move the cursor.
  ? requests of sessions between new ones: does the turn of the new ones stay as it was
W11 | I | A retry passes over servers that this request has tried while another is eligible.
  ? a time-out that marks nobody down, without a session: is the second attempt at another server
W12 | I | When nobody has weight left, all servers at 0 or below get the same multiple of their
  start weight, the least that lifts all of them above 0.
  ? IgnoreAffinityRequests=false and a server far below 0: its weight in lockedServerGroupUseServer
    after the reset
W13 | D | A start weight of 0 never gets any and divides nothing.
W14 | I | A down or busy server neither blocks the reset nor gains weight above what it still had.
  ? one server down for long: do the others keep their shares, and does it come back without a burst
W15 | R | Weight 0 for a server that is shut down is advised, so that resets are not disturbed.
  ? as W14, once with weight 0 for the stopped server and once without
W16 | I | A cluster of nothing but zeros takes no new work: 500.
  ? a cluster in which all weights are 0, and a request without a session
W17 | D | By default requests of sessions leave the weights alone.
W18 | D | With IgnoreAffinityRequests=false each request of a session costs 1, below 0 too.
W19 | I | Releases before IgnoreAffinityRequests behaved as with false.
  ? only on a plug-in of 6.0 or older
W20 | D | With IgnoreAffinityRequests=false new work goes to the servers with few sessions.
W21 | I | The first request of a session is new work.
  ? a browser without cookies: its first request counts as non-affinity in the stats record
3.1 | D | IBM's numbers: 100/90/80 become 10/9/8, equal weights become 1, 20/20/19 stay.
3.5 | I | Sequences of picks and weights worked out by the rules above.
  ? weights 3, 2, 1 and one process: A B C A B A, B C A B A A
`,
)

export const random = ruleGroup(
  'Random',
  `
X1 | D | Every new request draws a server; weights are neither read nor changed, and one may be
  drawn twice in a row.
X2 | D | Sessions come first.
X3 | D | The source of chance is not a constant.
X4 | I | A drawn server that is not eligible gives way to the next eligible in list order.
  ? one of three servers down: who gets its share
X5 | I | A server of weight 0 is drawn like any other.
  ? LoadBalance="Random" with a weight of 0
X6 | I | LoadBalance is understood in any case, with or without blank and hyphen; anything else is
  round robin with a warning.
  ? LoadBalance="RoundRobin" or "RANDOM": what the plug-in logs when it reads the file
3.7 | L | The status check reports ignoreWeights, markedDown, retryNow, retryInSec, wlbAllows and
  reachedMaxConnectionsLimit, and wlbAllows is 0 whenever weights are ignored.
`,
)

export const lists = ruleGroup(
  'Primary and backup servers, ClusterAddress',
  `
K1 | D | Both lists have the order of their elements in the file.
K2 | D | Backups are asked only when no primary is available.
K3 | D | Of the backups the first eligible one gets everything; no turns, no weights.
K4 | D | When a backup fails the next is tried, until the list ends.
K5 | I | As soon as a primary is eligible again new requests go back to the primaries.
  ? a primary that returns: does the first request after RetryInterval go to it, or stay on the
    backup
K6 | I | Available means eligible apart from weight: a primary without weight does not bring the
  backups in, a busy one does.
  ? all primaries at MaxConnections: does the backup serve, or is it 503
K7 | I | A session on a backup stays there while that is eligible.
  ? a cookie with a backup's clone ID while a primary is up
K8 | I | A session whose primary is down: its other ids, then other primaries, then backups.
  ? two ids, the first server down: is the second id's server chosen
K9 | D | While partition ids decide neither list is used.
K10 | I | A server in both lists is a primary; one in neither, where there are lists, is never used.
  ? one server named in both lists: does it take part in the turns
K11 | D | With a ClusterAddress new work goes there; a session whose clone ID resolves goes to its
  server.
K12 | I | A ClusterAddress is never marked down; when it fails the servers are tried once.
  ? a ClusterAddress that refuses connections: does a server get the request
`,
)
