import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { fieldLines } from '../../src/driver/field-lines.ts'
import {
  isPrivate,
  mergePrivate,
  plainAddress,
  privateFields,
} from '../../src/driver/private-headers.ts'

const request = (socket: object, { minor = 1, major = 1 } = {}): IncomingMessage =>
  ({ socket, httpVersionMajor: major, httpVersionMinor: minor }) as unknown as IncomingMessage

const plain = (remoteAddress = '10.1.2.3') => ({ remoteAddress, localPort: 8080 })

/** As names and values in turn; their text is made of the same list. */
const privateHeaders = (...of: Parameters<typeof privateFields>): readonly string[] => {
  const { list, lines } = privateFields(...of)
  t.equal(lines, fieldLines(list))
  return list
}

const asRecord = (flat: readonly string[]): Record<string, string> =>
  Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? '']] : [])))

t.test('a plain request: who, on which scheme, host and port', async t => {
  t.strictSame(asRecord(privateHeaders(request(plain()), 'shop.example:9080', 'host-header')), {
    $WSIS: 'false',
    $WSSC: 'http',
    $WSRA: '10.1.2.3',
    $WSRH: '10.1.2.3',
    $WSPR: 'HTTP/1.1',
    $WSSN: 'shop.example',
    $WSSP: '9080',
  })
})

t.test('$WSSP follows AppServerPortPreference', async t => {
  const port = (host: string | undefined, preference: 'host-header' | 'webserver-port') =>
    asRecord(privateHeaders(request(plain()), host, preference)).$WSSP
  t.equal(port('h:1234', 'host-header'), '1234')
  t.equal(port('h', 'host-header'), '80', 'the default of the scheme')
  t.equal(port(undefined, 'host-header'), '80')
  t.equal(port('h:1234', 'webserver-port'), '8080')
})

t.test('IPv6: the server name keeps its brackets, addresses are plain', async t => {
  const of = (host: string, address: string) =>
    asRecord(privateHeaders(request(plain(address)), host, 'host-header'))
  t.match(of('[::1]:9443', '2001:db8::7'), {
    $WSSN: '[::1]',
    $WSSP: '9443',
    $WSRA: '2001:db8::7',
    $WSRH: '2001:db8::7',
  })
  t.match(of('[::1]', '::ffff:10.0.0.9'), { $WSSN: '[::1]', $WSSP: '80', $WSRA: '10.0.0.9' })
  t.equal(plainAddress('::FFFF:1.2.3.4'), '1.2.3.4')
  t.equal(plainAddress(undefined), '')
})

t.test('$WSPR is HTTP/1.1 at most', async t => {
  const protocol = (major: number, minor: number) =>
    asRecord(privateHeaders(request(plain(), { major, minor }), 'h', 'host-header')).$WSPR
  t.equal(protocol(1, 0), 'HTTP/1.0')
  t.equal(protocol(1, 1), 'HTTP/1.1')
  t.equal(protocol(2, 0), 'HTTP/1.1')
})

/** OpenSSL's encoding of a session, as far as it is read: version, protocol, cipher, id. */
const session = (id: string): Buffer => {
  const bytes = Buffer.from(id, 'hex')
  const head = Buffer.from('0201010202030404021302', 'hex')
  const content = Buffer.concat([head, Buffer.from([0x04, bytes.length]), bytes, Buffer.alloc(200)])
  return Buffer.concat([
    Buffer.from([0x30, 0x82, content.length >> 8, content.length & 255]),
    content,
  ])
}

const tls = (overrides: object) => ({
  ...plain(),
  encrypted: true,
  authorized: false,
  getCipher: () => ({ name: 'ECDHE-RSA-AES128-GCM-SHA256', standardName: 'TLS_X' }),
  getSession: () => undefined,
  getPeerCertificate: () => ({}),
  ...overrides,
})

t.test('a TLS request: scheme, cipher and session id', async t => {
  const socket = tls({ getSession: () => session('00ff10') })
  t.match(asRecord(privateHeaders(request(socket), 'h', 'host-header')), {
    $WSIS: 'true',
    $WSSC: 'https',
    $WSSP: '443',
    $WSCS: 'TLS_X',
    $WSSI: '00ff10',
  })
})

t.test('a session that is not understood gives no id', async t => {
  for (const bytes of ['', '30', '3003020101', '308201000201010202030404021302', '3000']) {
    const socket = tls({ getSession: () => Buffer.from(bytes, 'hex') })
    t.notOk('$WSSI' in asRecord(privateHeaders(request(socket), 'h', 'host-header')), bytes)
  }
})

t.test('$WSCC is the certificate of a client that was checked, and no other', async t => {
  const raw = Buffer.from('certificate')
  const of = (authorized: boolean) =>
    asRecord(
      privateHeaders(
        request(tls({ authorized, getPeerCertificate: () => ({ raw }) })),
        'h',
        'host-header',
      ),
    ).$WSCC
  t.equal(of(true), raw.toString('base64'))
  t.equal(of(false), undefined)
})

t.test('E16 whose private fields win', async t => {
  const theirs = ['$wsra', '6.6.6.6', '$WSAT', 'BASIC']
  const ours = ['$WSRA', '1.1.1.1', '$WSIS', 'false']
  t.strictSame(mergePrivate(theirs, ours, 'removed'), ours)
  t.strictSame(
    asRecord(mergePrivate(theirs, ours, 'kept')),
    { $WSRA: '1.1.1.1', $WSIS: 'false', $WSAT: 'BASIC' },
    'RemoveSpecialHeaders=false: they stay where we add none',
  )
  t.strictSame(
    asRecord(mergePrivate(theirs, ours, 'trusted-proxy')),
    { $WSRA: '6.6.6.6', $WSAT: 'BASIC', $WSIS: 'false' },
    'a listed proxy is believed, and its names go out in upper case',
  )
})

t.test('which names are private', async t => {
  for (const name of ['$WSRA', '$wsfo', '_WS_HAPRT_WLMVERSION', '_wsra', '$WSODRINFO']) {
    t.ok(isPrivate(name), name)
  }
  for (const name of ['WSRA', 'X-$WSRA', '$W', '_W', 'ws', '$SW']) t.notOk(isPrivate(name), name)
})
