import { ruleGroup } from '../rule.ts'

export const questions = ruleGroup(
  'Where the sources contradict each other or say nothing',
  `
Q1 | I | 503 is tried elsewhere and marks nobody; other 5xx are passed on, unless markDownOn5xx.
  ? an application that answers 500 and one that answers 503: a line about marking down, or not
Q2 | I | A 503 to a probe marks the server up, and the request goes elsewhere.
  ? the status check of that server right after the 503
Q3 | I | All down: 500, unless allDown=probe.
  ? all servers stopped: connect errors within RetryInterval, or none
Q4 | I | A Route to an unknown cluster makes the file unusable; met at run time it is 500.
  ? such a file at start and at reload
Q5 | I | Without PrimaryServers all servers are primaries.
  ? a cluster of two without lists: do both get requests
Q6 | I | Of several affinity cookies the first with a known clone ID counts.
  = A5 says what to look at
Q7 | I | A session on a backup stays there, unless backupAffinity=false.
  = K7 says what to look at
Q8 | I | The reset adds multiples of the start weight, which without negative weights gives the
  start weights.
  = W12 says what to look at
Q9 | I | The weight falls at the pick.
  ? the weight in lockedServerGroupUseServer after an attempt that failed
Q10 | I | A new stream that breaks marks the server down.
  ? a server that accepts and closes: is there a line about marking it down
Q11 | I | A lone server gets two attempts after a connect failure, one after a time-out.
  ? a stopped lone server: how many connect errors for one request
Q12 | I | A lone server keeps its weight as configured.
  ? the weight shown when a lone server is picked
Q13 | I | ConnectTimeout 0 or absent sets no timer of our own.
  ? ConnectTimeout="0" and an address that swallows packets: how long until the error
Q14 | I | PostBufferSize absent keeps 64 KiB, an explicit 0 nothing.
  ? a POST of 10 KB whose first server times out, with and without the attribute
Q15 | I | PostSizeLimit counts bytes.
  ? PostSizeLimit="1000" and a POST of 2000 bytes
Q16 | I | A server already down and one that fails during the request are followed alike.
  ? three servers: who serves after the session's server failed in the request, and who when it was
    down before
Q17 | I | A busy server of a session: other ids, then balanced.
  ? MaxConnections reached by the session's server: who serves
Q18 | I | A body over PostSizeLimit gets 413, one that breaks off 400.
  ? the status a client sees in both cases
Q19 | I | Cookie names are compared with case.
  = A4 says what to look at
Q20 | I | As many retries as there are servers, counting every attempt.
  = T5 says what to look at
Q21 | I | A request keeps the configuration it began with over a reload.
  ? a slow request over a reload that removes its server: is it answered
`,
)

export const decisions = ruleGroup(
  'Decisions that cross the parts',
  `
E1 | I | Rank of matches: literal length of the URI, exact before wildcard, then host:port, host:*,
  *:port, *:*, then order.
  = format M8 and M5 say what to look at
E2 | I | LoadBalanceWeight absent is 2.
  = W1 says what to look at
E3 | I | Defaults: PostBufferSize 64 KiB, ConnectionTTL 28 s, no ConnectTimeout, no ServerIOTimeout.
  ? a file without these attributes: the values in the trace of its load, where the level shows them
E4 | I | Bodies of GET, HEAD, DELETE, OPTIONS and TRACE are dropped unless AcceptAllContent; others
  are forwarded.
  ? PUT, PATCH and DELETE with a body and AcceptAllContent="false": what arrives
E5 | I | A bad file at start is an error with findings; at reload the old configuration stays, with
  one event.
  ? a broken file copied over the good one: requests go on, one line at level Error
E6 | I | Names are resolved at load; IgnoreDNSFailures leaves the server out; resolve 'connect'
  looks up later.
  ? an address that changes in the name service: is the new one used before the file is touched
E7 | I | For matching: parameters cut, decoded once, dots resolved; odd paths get 400; the target is
  forwarded as it came.
  ? /app/../x, /%61pp/x and /app%2Fx: which Route is found, and what the server gets
E8 | I | Names and values in another case are understood, with a warning.
  ? attribute names in lower case: are they in force
E9 | I | Unknown elements, attributes and properties are kept and reported, never fatal.
  ? an invented attribute: is the file accepted
E10 | I | What is read but not in force says so in one note.
  = it is about us
E11 | I | PostSizeLimit also holds for bodies whose length shows only while they are read.
  ? a chunked POST beyond the limit
E12 | I | Header fields beyond HTTPMaxHeaders are dropped, with one warning.
  ? 301 header fields: what arrives, and what is logged
E13 | I | Our own errors are a small page, HTML or JSON by Accept, without internals.
  = the page of a real plug-in is that of its web server
E14 | I | 8 KiB of a cookie value and 64 ids are looked at; all of it is forwarded.
  ? a cookie of 10 KB whose clone ID is at its end
E15 | I | PEM keyrings are used; a GSKit database is reported, and a PEM file beside it taken.
  = it is about us
E16 | I | $WS* fields are set on every request, removed from the client's and from answers; a
  trusted proxy's are kept.
  ? a client that sends $WSRA: what the server gets
E17 | I | Hop-by-hop fields end here; Connection cannot name away what the far end relies on.
  ? a client that sends Connection: cookie
E18 | I | Blank text or a byte order mark before the declaration is accepted with a warning; a
  DOCTYPE is refused.
  ? a file that begins with an empty line
E19 | I | A star matches any run of characters at any place; its score is the literal characters.
  ? a Uri such as /a/*/b: which paths it takes
E20 | I | Config@FailoverToNext is affinityFailover: true is ordered.
  ? the attribute on 9.0.5: who follows when the session's server is down
E21 | I | MarkBusyDown marks a server at MaxConnections down for RetryInterval.
  ? the attribute with MaxConnections="1" and two slow requests
E22 | I | Definitions and Routes may come in any order.
  ? a file whose Routes stand before the groups they name
E23 | I | A server that several clusters name has a state in each of them.
  ? the same server in two clusters, stopped: is it marked down once or twice
E24 | I | A Route to a cluster that is not defined is an error that names the likely cause.
  = L04 and L65 say it
E25 | I | Known misspellings are understood, with a warning.
  ? LogLevel="ERROR", CloneId and RoundRobin: are they in force
`,
)
