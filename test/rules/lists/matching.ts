import { ruleGroup } from '../rule.ts'

export const pipeline = ruleGroup(
  'The way of a request',
  `
P0 | D | Before a request is looked at, the file is checked again if RefreshInterval has passed; a
  bad file changes nothing.
P1 | D | Every request is offered to the router before the handlers of the host.
P2 | D | The best Route is looked for among all of them; a request without one is declined.
P3 | D | The winning Route fixes the cluster, and its winning Uri the cookie and the URL parameter
  of the session.
P4 | D I | A body larger than PostSizeLimit ends the request before a server is chosen.
  = for its status see Q18
P5 | D | A body is read into memory, as far as PostBufferSize goes, before a server is chosen.
P6 | D | The session identifier is read for every choice of a server, and read again for every
  retry.
P7 | D | A server is chosen: by session, else by the policy of the cluster.
P8 | L | The transport follows from the scheme of the request.
P9 | L | An idle stream of that transport is used, else one is opened.
P10 | L | The request is written and the head of the answer read; what goes wrong here has failed
  the attempt.
P11 | D | The attempt is settled, that is counted and marked, before another server is looked for.
P12 | I | Once the answer has begun to reach the client nothing is tried again.
  ? a server that breaks off in the middle of an answer: no second request in any server's log
P13 | D | At the end of an attempt the server has one pending request less, and its counters are
  written.
`,
)

export const matching = ruleGroup(
  'Matching: which Route',
  `
M1 | D | All Routes are examined; a match in an early one does not end the walk.
M2 | D I | A Route matches when its virtual host group and its URI group match; a group it does not
  name matches everything.
  ? a Route without UriGroup: does it take every path of its hosts
M3 | D | Matches are scored by the length of what matched, and the highest score supplies the
  cluster.
M4 | L | A star adds nothing to the score: /fon scores 4, /fon/* scores 5.
M5 | I | Of equal matches the Route that stands earlier in the file wins.
  ? two Routes with the same alias and the same URI to two clusters: which cluster serves
M6 | D | A request that no Route matches is declined; that is no error, and the host's own handlers
  go on.
M7 | D | Cookie and URL parameter of the session are those of the Uri that decided, not of the last
  that matched.
M8 | D | What one Uri is expanded to keeps its cookie and URL parameter: /x/* also for /x.
M9 | I | A file without clusters, groups and Routes matches nothing.
  ? such a file: every request is left to the web server
1.3 | D L I R | The edges: no PrimaryServers makes all servers primaries, an empty or unknown list
  counts as none, unknown names are skipped, a cluster or server without a usable transport is no
  candidate.
  ? a PrimaryServers element that names only unknown servers: are the cluster's servers used, and
    what is logged
0 | D L | What changed between releases is a switch whose default is the newest documented
  behaviour: affinityFailover, insecureFallback, connectionTtlDefault, retryClock,
  probe503ClearsFlag, statsVocabulary.
`,
)

export const fileMatching = ruleGroup(
  'Matching as the format of the file has it',
  `
format 0.3 | D S I | A file that is not well-formed, or names a group or cluster that is not there,
  is refused as a whole; a value that cannot be read is reported and its default used.
  ? RetryInterval="soon": is the file accepted, and which interval is in force
format M3 | D R | Virtual hosts are matched with the port of the Host header, without one with that
  of the scheme; with VHostMatchingCompat with the port of the listener.
  ? a Host header without port on 443: which alias matches
format M4 | D | Hosts are compared without case, URIs with it.
format M7 | D | Several host groups may match; as many are tried as it takes to find a Route with a
  matching URI.
format M8 | D I | URIs are compared before hosts, and among hosts host:port goes before host:*,
  *:port and *:*.
  ? http://shop.example/app/info with /app/* on shop.example:80 and /app/info on *:80: which one
    serves
format M9 | S I | /ctx/* also matches /ctx.
  ? a request for /ctx where only /ctx/* is in the file
format M10 | I | Neither the query nor path parameters take part in matching.
  ? /app/info;x=1 and /app;x=1/info where only /app/info is in the file
format 1.3 | D I | The worked examples: virtual host, port, case and pattern together.
  = they follow from the rules above
`,
)
