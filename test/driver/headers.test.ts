import t from 'tap'
import { scanRequest, scanResponse, scanTrailers } from '../../src/driver/headers.ts'

const request = (raw: readonly string[], limit = 300, keepForwarded = false) =>
  scanRequest(raw, limit, keepForwarded)

const response = (raw: readonly string[], limit = 300) =>
  scanResponse(
    raw.map(text => Buffer.from(text, 'latin1')),
    limit,
  )

t.test('E17 hop-by-hop fields of a request end here, in any spelling', async t => {
  const { forward } = request([
    'Connection',
    'keep-alive',
    'KEEP-ALIVE',
    'timeout=5',
    'Proxy-Connection',
    'keep-alive',
    'proxy-authorization',
    'Basic x',
    'Proxy-Anything',
    'x',
    'Transfer-Encoding',
    'chunked',
    'Upgrade',
    'h2c',
    'HTTP2-Settings',
    'x',
    'Trailer',
    'X-Sum',
    'Expect',
    '100-continue',
    'Accept',
    '*/*',
  ])
  t.strictSame(forward, ['Accept', '*/*'])
})

t.test('E17 of TE only trailers remain', async t => {
  t.strictSame(request(['TE', 'gzip;q=0.5, trailers']).forward, ['TE', 'trailers'])
  t.strictSame(request(['te', 'gzip']).forward, [])
})

t.test('E17 fields of somebody’s own that Connection names are removed', async t => {
  const { forward } = request([
    'Connection',
    'close, X-Mine',
    'X-Mine',
    '1',
    'x-mine',
    '2',
    'X-Other',
    '3',
    'Connection',
    'x-other',
  ])
  t.strictSame(forward, [])
})

t.test('E17 a Connection field cannot remove what the far end relies on', async t => {
  const names =
    'Host, Cookie, Content-Length, $WSRA, _WSRA, X-Forwarded-For, Authorization, Content-Type, Accept, If-Match, Origin'
  const { forward, hosts, contentLength } = request(
    [
      'Connection',
      `close, ${names}`,
      'Host',
      'h',
      'Cookie',
      'a=1',
      'Content-Length',
      '5',
      'X-Forwarded-For',
      '1.2.3.4',
      'Authorization',
      'Basic x',
      'Content-Type',
      'text/plain',
      'Accept',
      '*/*',
      'If-Match',
      'x',
      'Origin',
      'o',
    ],
    300,
    true,
  )
  t.strictSame(
    forward.filter((_, i) => i % 2 === 0),
    ['Cookie', 'X-Forwarded-For', 'Authorization', 'Content-Type', 'Accept', 'If-Match', 'Origin'],
  )
  t.strictSame(hosts, ['h'])
  t.equal(contentLength, '5')
})

t.test('order, spelling and repeated lines stay as they were', async t => {
  const raw = ['X-b', '1', 'Cookie', 'a=1', 'x-A', '2', 'cookie', 'b=2', 'X-b', '3']
  const { forward, cookies } = request(raw)
  t.strictSame(forward, raw)
  t.strictSame(cookies, ['a=1', 'b=2'])
})

t.test('E16 private fields are set apart, in any case and with the underscore', async t => {
  const { forward, privates } = request([
    '$WSRA',
    '1',
    '$wsis',
    'true',
    '_WSSC',
    'https',
    '_ws_haprt_wlmversion',
    '7',
    '$Other',
    'x',
    '_other',
    'y',
  ])
  t.strictSame(
    privates.filter((_, i) => i % 2 === 0),
    ['$WSRA', '$wsis', '_WSSC', '_ws_haprt_wlmversion'],
  )
  t.strictSame(forward, ['$Other', 'x', '_other', 'y'])
})

t.test('X-Forwarded-*, Forwarded and their underscore forms pass only where they may', async t => {
  const raw = ['X-Forwarded-For', '1', 'x_forwarded_proto', 'https', 'Forwarded', 'for=1']
  t.strictSame(request(raw).forward, [])
  t.strictSame(request(raw, 300, true).forward, raw)
  t.strictSame(request(['X-Forward', '1', 'Forwarded-By', '2']).forward.length, 4)
})

t.test(
  'E12 fields beyond HTTPMaxHeaders are dropped, but not those that make a request work',
  async t => {
    const raw = ['A', '1', 'B', '2', 'C', '3', 'Cookie', 'x=1', 'Host', 'h', 'Content-Length', '3']
    const scan = request(raw, 2)
    t.strictSame(scan.forward, ['A', '1', 'B', '2', 'Cookie', 'x=1'])
    t.match(scan, { dropped: 1, hosts: ['h'], contentLength: '3' })
  },
)

t.test('pseudo fields of HTTP/2 are not fields', async t => {
  t.strictSame(request([':method', 'GET', ':path', '/', 'accept', '*/*']).forward, [
    'accept',
    '*/*',
  ])
})

t.test('E17 hop-by-hop and private fields of an answer end here', async t => {
  const { headers, contentLength } = response([
    'Connection',
    'X-Hop, Set-Cookie, $WSEP',
    'X-Hop',
    '1',
    'Keep-Alive',
    'timeout=5',
    'Proxy-Authenticate',
    'x',
    'Transfer-Encoding',
    'chunked',
    '$WSEP',
    'x',
    '$wspt',
    'y',
    '_WS_HAPRT_WLMVERSION',
    '-1',
    'Set-Cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'Content-Length',
    '12',
    'X-CaMeL',
    'v\xe9',
    'Trailer',
    'X-Sum',
  ])
  t.strictSame(headers, [
    'Set-Cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'Content-Length',
    '12',
    'X-CaMeL',
    'v\xe9',
    'Trailer',
    'X-Sum',
  ])
  t.equal(contentLength, '12')
})

t.test('fields of an answer beyond HTTPMaxHeaders are dropped, its length is not', async t => {
  t.strictSame(response(['A', '1', 'B', '2', 'Content-Length', '3'], 1).headers, [
    'A',
    '1',
    'Content-Length',
    '3',
  ])
})

t.test('trailers cannot change the framing, the trust or the meaning of an answer', async t => {
  const raw = ['X-Sum', '1', 'Content-Length', '2', 'Set-Cookie', 'a', '$WSRU', 'root', 'Host', 'h']
  t.strictSame(scanTrailers(raw.map(text => Buffer.from(text))), [['X-Sum', '1']])
})
