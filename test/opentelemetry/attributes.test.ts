import t from 'tap'
import type { TraceRecord } from '../../src/core/trace.ts'
import type { ExchangeRecord } from '../../src/edge/context.ts'
import {
  eventAttributes,
  isError,
  spanAttributes,
  spanName,
} from '../../src/opentelemetry/attributes.ts'

const exchange = (over: Partial<ExchangeRecord> = {}): ExchangeRecord => ({
  exchange: 1,
  code: 'RR',
  method: 'GET',
  url: '/shop/cart',
  host: 'shop.example',
  clientAddress: '192.0.2.1',
  cluster: 'Cluster',
  server: 'm1',
  status: 200,
  result: 'served',
  reason: undefined,
  attempts: 1,
  durationMs: 5,
  serverMs: 4,
  request: { httpVersion: '1.1', headers: {}, socket: {} } as ExchangeRecord['request'],
  ...over,
})

t.test('a served request has the attributes of the conventions and ours', async t => {
  t.strictSame(spanAttributes(exchange(), undefined, false), {
    'http.request.method': 'GET',
    'url.path': '/shop/cart',
    'url.scheme': 'http',
    'http.response.status_code': 200,
    'server.address': 'shop.example',
    'network.peer.address': '192.0.2.1',
    'network.protocol.version': '1.1',
    'plugin_cfg.cluster': 'Cluster',
    'plugin_cfg.server': 'm1',
    'plugin_cfg.code': 'RR',
    'plugin_cfg.outcome': 'served',
    'plugin_cfg.attempts': 1,
  })
})

const targets = [
  ['the query is left out', '/a?q=1', false, '/a', undefined],
  ['the query is given to those who ask for it', '/a?q=1?2', true, '/a', 'q=1?2'],
  ['an empty query is none', '/a?', true, '/a', undefined],
  [
    'session identifiers in the path are left out',
    '/a;jsessionid=X:c1/b;v=1',
    false,
    '/a/b',
    undefined,
  ],
  ['an absolute target is reduced to its path', 'http://h:1/a?b', true, '/a', 'b'],
  ['an absolute target without a path has the root', 'http://h?b', true, '/', 'b'],
  ['the target of OPTIONS for the whole server stays', '*', false, '*', undefined],
] as const

for (const [title, url, query, path, queryText] of targets) {
  t.test(title, async t => {
    const attributes = spanAttributes(exchange({ url }), undefined, query)
    t.equal(attributes['url.path'], path)
    t.equal(attributes['url.query'], queryText)
  })
}

const hosts = [
  ['shop.example', 'shop.example', undefined],
  ['shop.example:8080', 'shop.example', 8080],
  ['[::1]:8080', '::1', 8080],
  ['[::1]', '::1', undefined],
  ['a:b:c', undefined, undefined],
  ['', undefined, undefined],
  [undefined, undefined, undefined],
] as const

for (const [host, address, port] of hosts) {
  t.test(`the address in Host ${String(host)} is ${String(address)}`, async t => {
    const attributes = spanAttributes(exchange({ host }), undefined, false)
    t.equal(attributes['server.address'], address)
    t.equal(attributes['server.port'], port)
  })
}

t.test('a request over HTTP/2 and TLS says so', async t => {
  const request = { httpVersion: '2.0', headers: {}, socket: { encrypted: true } }
  const record = exchange({ request: request as unknown as ExchangeRecord['request'] })
  t.match(spanAttributes(record, undefined, false), {
    'network.protocol.version': '2',
    'url.scheme': 'https',
  })
})

t.test('methods that nobody knows make no new names', async t => {
  const attributes = spanAttributes(exchange({ method: 'PROPFIND' }), undefined, false)
  t.equal(attributes['http.request.method'], '_OTHER')
  t.equal(attributes['http.request.method_original'], 'PROPFIND')
  t.equal(spanName('PROPFIND', undefined), 'HTTP')
  t.equal(spanName('GET', undefined), 'GET')
  t.equal(spanName('GET', { uri: '/shop/*' } as never), 'GET /shop/*')
})

const ends = [
  ['a 200 is no error', { status: 200 }, false, undefined],
  ['a 404 of a server is no error', { status: 404 }, false, undefined],
  ['a 502 of a server is an error by its number', { status: 502 }, true, '502'],
  [
    'an error page of ours is an error by its reason',
    { status: 500, result: 'fail', reason: 'all-down' },
    true,
    'all-down',
  ],
  [
    'a bad request is no error of ours',
    { status: 400, result: 'fail', reason: 'bad-host' },
    false,
    undefined,
  ],
  [
    'an answer that broke off is an error, whatever its status',
    { status: 200, result: 'response-broken' },
    true,
    'response-broken',
  ],
  ['a client that left is no error', { status: 0, result: 'client-aborted' }, false, undefined],
] as const

for (const [title, over, error, type] of ends) {
  t.test(title, async t => {
    const record = exchange(over)
    t.equal(isError(record), error)
    t.equal(spanAttributes(record, undefined, false)['error.type'], type)
  })
}

t.test('the fields of a record are flat and without session identifiers', async t => {
  t.strictSame(
    eventAttributes({
      kind: 'ids',
      exchange: 1,
      time: 5,
      step: 'P6',
      component: 'ws_common',
      fn: 'websphereParseCloneID',
      source: 'cookie',
      name: 'JSESSIONID',
      value: '0001secret:c1',
      cloneIds: ['c1'],
      partitions: { p1: ['c1'] },
      reparsed: false,
    }),
    {
      'plugin_cfg.step': 'P6',
      'plugin_cfg.component': 'ws_common',
      'plugin_cfg.fn': 'websphereParseCloneID',
      'plugin_cfg.source': 'cookie',
      'plugin_cfg.name': 'JSESSIONID',
      'plugin_cfg.cloneIds': ['c1'],
      'plugin_cfg.partitions': '{"p1":["c1"]}',
      'plugin_cfg.reparsed': false,
    },
  )
  t.strictSame(eventAttributes({ kind: 'skip', retryInSec: null, server: 'm1' } as TraceRecord), {
    'plugin_cfg.server': 'm1',
  })
})
