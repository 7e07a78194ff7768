/** What the servers answer, by path. */
export const answers = [
  { path: '/app/small', bytes: 1024 },
  { path: '/app/large', bytes: 102_400 },
  { path: '/app/form', bytes: 1024 },
]

/** Header lines of an ordinary request beside Host and Cookie. */
export const fields = [
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) bench'],
  ['Accept', 'text/html,application/xhtml+xml,*/*;q=0.8'],
  ['Accept-Language', 'en-GB,en;q=0.5'],
  ['Accept-Encoding', 'identity'],
]

/** Header lines that are others in each request of a client: where it comes from, and what it calls the request. */
export const variedFields = turn => [
  ['Referer', `http://127.0.0.1/app/page/${turn}`],
  ['X-Request-Id', `${String(turn).padStart(8, '0')}-4d6f-4a51-9c3e-5b1f2a7c8d90`],
]

/** Cookies of a client whose session is on this server. `.` before the clone is what Tomcat-like connectors read. */
export const cookiesFor = (server, separator = ':') =>
  `theme=dark; JSESSIONID=0000aBcDeFgHiJkLmNoPqRsTuV${separator}${server}; SRV=${server}; lang=en`

/** Seconds after which every contender with failover asks a dead server again. */
export const retrySeconds = 1

/** The servers that sessions may be on, with their ports. */
export const sessions = ({ ports, tls }) => [
  ['s1', tls ? ports.tls1 : ports.s1],
  ['s2', tls ? ports.tls2 : ports.s2],
  ['dead', ports.dead],
]

/**
 * A load. `rate`: so many requests a second, where others come as fast as they are answered. `longer`: how many times as
 * long it takes as others, to have as many requests for its latencies.
 *
 * @typedef {{
 *   name: string, short: string, title: string, path: string, method: 'GET' | 'POST', body: number, bytes: number,
 *   deadShare?: number, varied?: number, rate?: number, longer?: number, tls?: boolean, idleClients?: number,
 *   webSocket?: boolean,
 * }} Scenario
 */

/** @type {readonly Scenario[]} */
export const scenarios = [
  {
    name: 'get-1k',
    short: 'GET 1 KiB',
    title: 'GET 1 KiB',
    path: '/app/small',
    method: 'GET',
    body: 0,
    bytes: 1024,
  },
  {
    name: 'get-100k',
    short: 'GET 100 KiB',
    title: 'GET 100 KiB',
    path: '/app/large',
    method: 'GET',
    body: 0,
    bytes: 102_400,
  },
  {
    name: 'post-4k',
    short: 'POST 4 KiB',
    title: 'POST 4 KiB, answer 1 KiB',
    path: '/app/form',
    method: 'POST',
    body: 4096,
    bytes: 1024,
  },
  {
    name: 'varied',
    short: 'varied heads',
    title: 'GET 1 KiB, two header fields differ from request to request',
    path: '/app/small',
    method: 'GET',
    body: 0,
    bytes: 1024,
    varied: 97,
  },
  {
    name: 'steady',
    short: '3,000 GET/s',
    title: 'GET 1 KiB, 3,000 requests a second',
    path: '/app/small',
    method: 'GET',
    body: 0,
    bytes: 1024,
    rate: 3000,
    longer: 4,
  },
  {
    name: 'dead-10',
    short: '10 % dead',
    title: 'GET 1 KiB, 10 % of the requests have a session on a dead server',
    path: '/app/small',
    method: 'GET',
    body: 0,
    bytes: 1024,
    deadShare: 0.1,
  },
  {
    name: 'tls',
    short: 'TLS to the server',
    title: 'GET 1 KiB, TLS to the server',
    path: '/app/small',
    method: 'GET',
    body: 0,
    bytes: 1024,
    tls: true,
  },
  {
    name: 'idle-1000',
    short: '1,000 idle clients',
    title: 'GET 1 KiB beside 1,000 idle keep-alive clients',
    path: '/app/small',
    method: 'GET',
    body: 0,
    bytes: 1024,
    idleClients: 1000,
  },
  {
    name: 'websocket',
    short: 'WebSocket',
    title: 'WebSocket, messages of 128 bytes there and back',
    path: '/app/echo',
    method: 'GET',
    body: 128,
    bytes: 128,
    webSocket: true,
  },
]
