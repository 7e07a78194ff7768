import type { IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { createEdge } from '../../src/edge/edge.ts'
import { addForwarded, type ForwardedStyle } from '../../src/edge/forwarded.ts'
import type { EdgeOptions } from '../../src/edge/options.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, fields, origin } from '../support/loopback.ts'

const requestFrom = (remoteAddress: string | undefined, encrypted = false): IncomingMessage =>
  ({ socket: { remoteAddress, encrypted } }) as unknown as IncomingMessage

const added = (
  style: ForwardedStyle,
  address: string | undefined,
  host: string | undefined,
  headers: string[] = [],
  encrypted = false,
): string[] => {
  addForwarded(headers, requestFrom(address, encrypted), host, style)
  return headers
}

const elements: readonly (readonly [
  title: string,
  address: string | undefined,
  host: string | undefined,
  element: string,
])[] = [
  ['IPv4', '192.0.2.1', 'shop.example', 'for=192.0.2.1;host=shop.example;proto=http'],
  ['IPv4 on an IPv6 listener', '::ffff:192.0.2.1', 'h', 'for=192.0.2.1;host=h;proto=http'],
  ['IPv6, in brackets and quoted', '2001:db8::1', 'h', 'for="[2001:db8::1]";host=h;proto=http'],
  [
    'IPv6 with a zone, which the grammar lacks',
    'fe80::1%eth0',
    'h',
    'for="[fe80::1]";host=h;proto=http',
  ],
  ['a host with a port, quoted', '192.0.2.1', 'h:8080', 'for=192.0.2.1;host="h:8080";proto=http'],
  ['a host in brackets', '192.0.2.1', '[::1]', 'for=192.0.2.1;host="[::1]";proto=http'],
  ['no host', '192.0.2.1', undefined, 'for=192.0.2.1;proto=http'],
  ['no address: a local socket', undefined, 'h', 'for=unknown;host=h;proto=http'],
]

for (const [title, address, host, element] of elements) {
  t.test(`Forwarded names ${title} (RFC 7239 4 to 6)`, async t => {
    t.strictSame(added('forwarded', address, host), ['Forwarded', element])
  })
}

t.test('what could end a quoted string is escaped', async t => {
  const [, element] = added('forwarded', '192.0.2.1', 'a"b\\c')
  t.equal(element, 'for=192.0.2.1;host="a\\"b\\\\c";proto=http')
})

t.test('X-Forwarded-Port is that of the host asked for, or of the scheme', async t => {
  const port = (host: string | undefined, encrypted: boolean) =>
    fields(added('x-forwarded', '192.0.2.1', host, [], encrypted), 'x-forwarded-port')
  t.strictSame(port('h:8443', true), ['8443'])
  t.strictSame(port('[::1]:81', false), ['81'])
  t.strictSame(port('[::1]', false), ['80'])
  t.strictSame(port('h', true), ['443'])
  t.strictSame(port(undefined, false), ['80'])
})

t.test('several lines of a trusted proxy become one list with ours at its end', async t => {
  const theirs = [
    'X-Forwarded-For',
    '1.1.1.1',
    'A',
    'b',
    'x-forwarded-for',
    '2.2.2.2',
    'Forwarded',
    '',
  ]
  t.strictSame(added('both', undefined, 'h', theirs, true), [
    'A',
    'b',
    'X-Forwarded-For',
    '1.1.1.1, 2.2.2.2, unknown',
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'h',
    'X-Forwarded-Port',
    '443',
    'Forwarded',
    'for=unknown;host=h;proto=https',
  ])
})

const sent = {
  'X-Forwarded-For': '203.0.113.7',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'outside.example',
  'X-Forwarded-Port': '443',
  Forwarded: 'for=203.0.113.7',
}

const names = [...Object.keys(sent)]

/** What a server gets for a request with all these fields. */
const received = async (
  t: Test,
  options: Partial<EdgeOptions>,
  proxies: readonly string[] = [],
): Promise<readonly string[]> => {
  const server = await origin(t)
  const config = edgeConfig([{ port: server.port }], {
    trustedProxies: proxies,
    settings: { trustedProxyEnable: proxies.length > 0 },
  })
  const { port } = await edgeOn(t, config, options)
  await ask(port, '/', { headers: { Host: 'inside.example:8080', ...sent } })
  const raw = server.seen[0]?.rawHeaders ?? []
  return names.map(name => fields(raw, name).join(' | '))
}

const own = ['127.0.0.1', 'http', 'inside.example:8080', '8080']
const ownElement = 'for=127.0.0.1;host="inside.example:8080";proto=http'

t.test(
  'without the option servers are told nothing, and clients cannot tell them either',
  async t => {
    t.strictSame(await received(t, {}), ['', '', '', '', ''])
  },
)

t.test('what an unknown client says of itself is replaced', async t => {
  t.strictSame(await received(t, { forwarded: 'x-forwarded' }), [...own, ''])
  t.strictSame(await received(t, { forwarded: 'forwarded' }), ['', '', '', '', ownElement])
  t.strictSame(await received(t, { forwarded: 'both' }), [...own, ownElement])
})

t.test('what a trusted proxy says is kept, and its own address added', async t => {
  const merged = [
    '203.0.113.7, 127.0.0.1',
    'https',
    'outside.example',
    '443',
    `for=203.0.113.7, ${ownElement}`,
  ]
  t.strictSame(await received(t, { forwarded: 'both' }, ['127.0.0.1']), merged)
  t.strictSame(await received(t, { forwarded: 'both', clientForwarded: 'keep' }), merged)
})

t.test('an odd style is refused by name', async t => {
  const options = { config: edgeConfig([{}]), forwarded: true } as unknown as EdgeOptions
  await t.rejects(createEdge(options), {
    code: 'OPTION_INVALID',
    message: /^forwarded is true; write 'x-forwarded', 'forwarded' or 'both'/,
  })
})
