import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { createApplicationServer } from '../../src/appserver/application-server.ts'
import type { Snoop } from '../../src/appserver/snoop-answer.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { curl, type Fetched, noCurl } from '../support/curl.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { frameworkHosts, type Listening } from '../support/framework-hosts.ts'
import { listen } from '../support/loopback.ts'

// One edge in front of two application servers, in five hosts, asked by curl in every way that it can speak HTTP with
// them. What a client gets must not depend on the host.

interface Way {
  readonly listening: Listening
  readonly args: readonly string[]
  readonly version: '1.1' | '2'
}

const ways: Readonly<Record<string, Way>> = {
  'HTTP/1.1': { listening: 'http', args: ['--http1.1'], version: '1.1' },
  'HTTP/1.1 with an offer of h2c': { listening: 'http', args: ['--http2'], version: '1.1' },
  'HTTP/2 by prior knowledge': {
    listening: 'h2c',
    args: ['--http2-prior-knowledge'],
    version: '2',
  },
  'HTTP/1.1 over TLS': { listening: 'tls', args: ['--http1.1'], version: '1.1' },
  'HTTP/2 over TLS': { listening: 'tls', args: ['--http2'], version: '2' },
}

const stage = async (t: Test) => {
  const servers = await Promise.all(
    ['c1', 'c2'].map(async cloneId => {
      const server = createApplicationServer({ name: `server ${cloneId}`, cloneId })
      await server.start()
      t.teardown(() => server.kill())
      return { name: server.name, cloneId, port: server.port }
    }),
  )
  const edge = await createEdge({
    // TLS ends at the edge: without UseInsecure there would be no transport for such requests.
    config: edgeConfig(servers, { uri: '/snoop/*', settings: { useInsecure: true } }),
  })
  t.teardown(() => edge.close())
  return edge
}

/** A client that was here before: the second server had its session, and has forgotten it. */
const returning = ['--cookie', 'a=1; JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:c2; b=2']

/** What one client does at a host, one request after the other. */
const visit = async (url: string, way: Way): Promise<Readonly<Record<string, Fetched>>> => {
  const to = (path: string, ...args: string[]) =>
    curl([...way.args, '--header', 'Host: shop.example', ...args, url + path])
  const page = await to('/snoop/page?format=json', ...returning)
  const cookie = page.headers.find(([name]) => name === 'set-cookie')?.[1].split(';')[0] ?? ''
  const mine = ['--cookie', cookie]
  return {
    page,
    again: await to('/snoop/page?format=json', ...mine),
    large: await to('/snoop/page?size=300000', ...mine),
    post: await to('/snoop/page?format=json', ...mine, '--data-binary', 'a=1&b=2'),
    'chunked post': await to(
      '/snoop/page?format=json',
      ...mine,
      ...['--header', 'Transfer-Encoding: chunked', '--data-binary', 'a=1&b=2'],
    ),
    'error page': await to('/snoop/page?status=500', ...mine),
    head: await to('/snoop/page?format=json', ...mine, '--head'),
  }
}

/** Leaves out what differs from one visit to the next: the key of the session, and the session of TLS. */
const comparable = (fetched: Fetched, secret: string): unknown => {
  const plain = (text: string): string =>
    text.replaceAll(secret, 'KEY').replace(/(\$WSSI\W+)[0-9a-f]+/, '$1-')
  return {
    ...fetched,
    headers: fetched.headers.map(([name, value]) => [name, plain(value)]),
    body: plain(fetched.body),
  }
}

const factsOf = ({ body }: Fetched | undefined = nothing): Snoop => JSON.parse(body)
const nothing: Fetched = { exit: 1, version: '', status: 0, headers: [], body: '{}' }

for (const [name, way] of Object.entries(ways)) {
  t.test(`${name}: the same page through every host`, { skip: noCurl() }, async t => {
    const edge = await stage(t)
    const scheme = way.listening === 'tls' ? 'https' : 'http'
    const seen: unknown[] = []
    for (const [host, open] of Object.entries(frameworkHosts)) {
      const url = `${scheme}://127.0.0.1:${await open(t, edge, way.listening)}`
      const visited = await visit(url, way)
      for (const [what, { exit, version, status }] of Object.entries(visited)) {
        const expected = {
          exit: 0,
          version: way.version,
          status: what === 'error page' ? 500 : 200,
        }
        t.strictSame({ exit, version, status }, expected, `${host}: ${what}`)
      }
      const { page, again, post, large, head } = visited
      const { sessionId } = factsOf(page)
      t.match(factsOf(page), { server: 'server c2', n: 1, isNew: true, host: 'shop.example' })
      t.match(factsOf(page).privateHeaders, { $WSSC: scheme, $WSSN: 'shop.example' })
      t.match(factsOf(again), { server: 'server c2', n: 2, isNew: false, sessionId })
      t.match(factsOf(post), { server: 'server c2', n: 4, method: 'POST', body: { length: 7 } })
      t.equal(large?.body.length, 300_000)
      t.equal(head?.body, '')
      seen.push(
        Object.entries(visited).map(([what, fetched]) => [
          what,
          comparable(fetched, sessionId ?? ''),
        ]),
      )
    }
    for (const [index, host] of Object.keys(frameworkHosts).entries()) {
      t.strictSame(seen[index], seen[0], `${host} gives what plain Node gives`)
    }
  })
}

t.test(
  'a page of the host itself comes by HTTP/2 where the host can',
  { skip: noCurl() },
  async t => {
    const edge = await stage(t)
    for (const [host, open] of Object.entries(frameworkHosts)) {
      for (const [name, { listening, args, version }] of Object.entries(ways)) {
        // Nobody but the edge understands HTTP/2 there, and without TLS a client cannot choose anything else.
        if (host === 'Express 5' && listening === 'h2c') continue
        const scheme = listening === 'tls' ? 'https' : 'http'
        const own = await curl([
          ...args,
          `${scheme}://127.0.0.1:${await open(t, edge, listening)}/own`,
        ])
        const spoken = host === 'Express 5' ? '1.1' : version
        t.match(
          own,
          { exit: 0, status: 200, body: 'own page', version: spoken },
          `${host}: ${name}`,
        )
      }
    }
  },
)

t.test('an offer of h2c is no upgrade: the page comes whole', { skip: noCurl() }, async t => {
  const edge = await stage(t)
  const server = createServer(edge.handler).on('upgrade', edge.upgrade)
  const url = `http://127.0.0.1:${await listen(t, server)}/snoop`
  const seen = await curl(['--http2', ...returning, `${url}?size=5000000`])
  t.match(seen, { exit: 0, status: 200, version: '1.1' })
  t.equal(seen.body.length, 5_000_000)
  t.match(await curl(['--http2', '--head', url]), { exit: 0, status: 200, body: '' })
})
