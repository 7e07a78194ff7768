import { ruleGroup } from '../rule.ts'

export const carriers = ruleGroup(
  'Sessions: where the identifier comes from',
  `
2.1 | D R | An identifier may come in the cookie SSLJSESSION, the cookie that the winning Uri names,
  or its URL parameter.
  ? a session tracked by SSL: is there a cookie SSLJSESSION, and does the trace look for it
A1 | I | SSLJSESSION, then the cookie, then the URL: the first that has a value is used, whether its
  clone IDs match or not.
  ? a cookie with an unknown clone ID and a URL with a known one: is the URL's server chosen
A2 | D | The place of the cookie among others does not matter.
A3 | D | Malformed cookies beside it are stepped over.
A4 | I | The name of the cookie is compared with case.
  ? the same cookie spelled jsessionid: is its clone ID found in the trace
A5 | I | Of several cookies of that name the first with a configured clone ID counts, else the
  first.
  ? two JSESSIONID cookies, the second with a known clone ID: which one does the trace take apart
A6 | I | One pair of quotation marks is stripped; nothing is percent-decoded.
  ? a cookie value in quotation marks, and one with %3A in place of the colon
A7 | I | In the URL the value ends at ; / ? or #. Only the path is searched, and the parameter is
  forwarded.
  ? ;jsessionid= in an inner segment, and jsessionid= in the query
A8 | D | In a cluster without clone IDs there is no affinity.
`,
)

export const values = ruleGroup(
  'Sessions: how the identifier is taken apart',
  `
V1 | D I | The value begins with 4 and, by default, 23 characters; a clone ID may have any length,
  and no length is relied on.
  ? a session of another length (HttpSessionIdLength): is its clone ID still found
V2 | I | What follows the first separator is the list of ids, in order; empty ones are dropped.
  ? a value with two separators in a row: which ids does the trace list
V3 | D | One separator is in force for a cluster, : or with CloneSeparatorChange +; the other one
  separates nothing.
V4 | D | After a failover the new server appends its clone ID; the first stays first.
V5 | D | The cache id in front may change and means nothing.
V6 | L | The clone ID -1 of a server outside a cluster is an ordinary one that matches nobody.
V7 | D | Where sessions are replicated from memory to memory the ids are partition ids.
`,
)

export const lookUp = ruleGroup(
  'Sessions: finding their server',
  `
C1 | L | The ids are taken in their order, and each is compared with all servers from the first
  primary on.
C2 | L | A matching server that is down ends nothing: the servers after it, then the next id.
C3 | L | Weights do not count for sessions; the check reports wlbAllows 0 all the same.
C4 | L | The retry timer and MaxConnections do count for sessions.
C5 | I | Clone IDs are compared exactly.
  ? a clone ID in upper case in the cookie
C6 | D I | An unknown clone ID makes an ordinary request, and no error.
  ? a cookie with an invented clone ID: balanced, nothing at level Error
C7 | D | A server of weight 0 serves its sessions.
C8 | I | A server in neither list cannot be reached by its clone ID.
  ? a server taken out of PrimaryServers, and a cookie with its clone ID
2.4 | D L I | When the session's server cannot take the request: the other ids, then by
  affinityFailover the next in the list or the policy; the session goes back as soon as its server
  is eligible.
  ? after a failover, when the first server is back: which of the two clone IDs serves
`,
)

export const lone = ruleGroup(
  'Clusters of one server',
  `
N1 | D | A cluster of one needs no clone ID, weight or list, and its sessions need no reading.
N2 | D L | The only server is never marked down.
N3 | I | Every request tries the only server, and no retry timer ever runs.
  ? a stopped lone server: a connect error for every request, never a line about marking down
N4 | I | One usable server over both lists counts as the only one: no weights, chosen unless it is
  busy.
  ? one primary and one backup whose host does not resolve: is the primary marked down
`,
)

export const partitions = ruleGroup(
  'Partition ids',
  `
H1 | L | A table for each cluster says which clone IDs, in order, own a partition id.
H2 | R | The plug-in sends the version of its table, -1 for none, and a server with a newer one
  answers with it.
  ? the request header _WS_HAPRT_WLMVERSION in a trace of a memory-to-memory cell
  - tables are given to the router from outside and not taken from answers, which H6 leaves open
H3 | D | A table that is there before the first session decides for it; without one that session is
  balanced.
H4 | D | A partition id that is not in the table is balanced.
H5 | D | While partition ids decide, the primary and backup lists do not matter.
H6 | I | The table is given from outside; the headers that carry it on the wire never reach a
  client.
  ? answers of a real plug-in in a memory-to-memory cell: no header that ends in WSPT
`,
)
