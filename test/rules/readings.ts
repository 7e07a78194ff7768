/**
 * Titles that do not say by themselves which rules they prove. `M` numbers the rules of routing
 * and, from its own 1, those of the file; `E` the decisions and the notes of section 8.4. The rest
 * came to be before the rules had their list.
 */
export const readings: ReadonlyMap<string, readonly string[]> = new Map([
  // Of the format, not of routing.
  ['1.3 M9 /app/* also matches /app', ['format 1.3', 'format M9']],
  ['1.3 M8 the URI is compared before the host', ['format 1.3', 'format M8']],
  ['1.3 M4 hosts are case-insensitive', ['format 1.3', 'format M4']],
  ['1.3 M4 URIs are case-sensitive', ['format 1.3', 'format M4']],
  ['M3 VHostMatchingCompat matches the physical port', ['format M3']],
  ['M3 https means 443', ['format M3']],
  ['M3 the header’s port counts', ['format M3']],
  ['M4 hosts are compared in lower case', ['format M4']],
  ['M9 /ctx is taken by /ctx/*', ['format M9']],
  // Of section 8.4, not of the decisions.
  ['E3 a client that leaves during a probe leaves the mark and frees the probe', ['8.4 E3']],
  ['E3 a client that leaves during a probe lowers the flag and nothing else', ['8.4 E3']],
  ['E3 a probe whose client left leaves the server down', ['8.4 E3']],
  ['R10 E3 a client that leaves during a probe leaves the server due', ['R10', '8.4 E3']],
  // Without a number.
  ['a changed file is seen by the first request after RefreshInterval, not before', ['P0']],
  ['Fastify 5: registered in a scope of its own it still comes before all routes', ['P1']],
  ['ServerIOTimeout limits each read, not the whole answer', ['Z5']],
  ['ServerIOTimeout limits a write that the server does not take', ['Z5']],
])
