import { writeFile } from 'node:fs/promises'
import https from 'node:https'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type tls from 'node:tls'
import t, { type Test } from 'tap'
import type { Settings, Transport } from '../../src/config/model.ts'
import { type ConnectFailure, type Endpoint, openConnection } from '../../src/driver/connect.ts'
import { prepareEndpoints } from '../../src/driver/endpoints.ts'
import { issue, type Made } from '../support/certificate-maker.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, listen } from '../support/loopback.ts'
import { stashOf, writePkcs12 } from '../support/pkcs12-writer.ts'

const ca = issue('our ca', null)
const stranger = issue('another ca', null)
const site = issue('app.example', ca, { hosts: ['app.example'] })

/** What a server saw of each connection. */
interface Seen {
  readonly client: string | string[] | undefined
  readonly protocol: string | null
  readonly reused: boolean
}

/** An application server that speaks TLS, and answers each request on a connection of its own. */
const server = async (t: Test, made: Made = site, options: tls.TlsOptions = {}) => {
  const seen: Seen[] = []
  const listener = https.createServer(
    { cert: made.pem, key: made.keyPem, ...options },
    (_, response) => {
      response.setHeader('Connection', 'close')
      response.end('secret page')
    },
  )
  listener.on('secureConnection', (socket: tls.TLSSocket) => {
    const { subject } = socket.getPeerCertificate()
    seen.push({
      client: subject?.CN,
      protocol: socket.getProtocol(),
      reused: socket.isSessionReused(),
    })
  })
  return { port: await listen(t, listener), seen }
}

const lookup = async (): Promise<readonly string[]> => ['127.0.0.1']

const configFor = (port: number, transport: Partial<Transport>, settings: Partial<Settings> = {}) =>
  edgeConfig([{ port }], {
    settings,
    transport: { protocol: 'https', hostname: 'app.example', ...transport },
  })

/** One request through an edge, and how its attempt failed. */
const throughEdge = async (
  t: Test,
  port: number,
  transport: Partial<Transport>,
  settings: Partial<Settings> = {},
) => {
  const edge = await edgeOn(t, configFor(port, transport, settings), { lookup })
  const { status } = await ask(edge.port, '/')
  return { ...edge, status, failure: edge.trace.find(({ kind }) => kind === 'fail') }
}

const signers = (t: Test, ...made: readonly Made[]): string =>
  join(t.testdir({ 'key.pem': made.map(({ pem }) => pem).join('') }), 'key.pem')

t.test('E15 the signers of a PKCS#12 keyring are trusted, with its stash file', async t => {
  const dir = t.testdir({
    'key.p12': writePkcs12([{ label: 'signer', certificate: ca.certificate.raw }], 'p12 secret'),
    'stash.sth': stashOf('p12 secret'),
  })
  const { port } = await server(t)
  const keyring = { keyring: join(dir, 'key.p12'), stashfile: join(dir, 'stash.sth') }
  t.equal((await throughEdge(t, port, keyring)).status, 200)
})

const expired = issue('app.example', ca, { hosts: ['app.example'], notAfter: '20010101000000Z' })
const selfSigned = issue('app.example', null, { hosts: ['app.example'] })
for (const [title, made, code] of [
  ['by an authority that is not in the keyring', issue('app.example', stranger), /\(UNABLE_TO_/],
  ['by itself', selfSigned, /\(DEPTH_ZERO_SELF_SIGNED_CERT\)/],
  [
    'by an authority of the same name',
    issue('x', issue('our ca', null)),
    /\((?:CERT_SIGN|UNABLE_TO_)/,
  ],
  ['that is out of date', expired, /\(CERT_HAS_EXPIRED\)/],
] as const) {
  t.test(
    `F4 a server with a certificate ${title} gets no request, and a code says why`,
    async t => {
      const { port } = await server(t, made)
      for (const secureHostVerification of [false, true]) {
        const { status, failure } = await throughEdge(
          t,
          port,
          { keyring: signers(t, ca) },
          { secureHostVerification },
        )
        t.equal(status, 500)
        t.match(failure, { row: 'F4', cause: 'tls', text: code })
      }
    },
  )
}

for (const [verification, transport, keyring, status] of [
  ['true', { hostname: 'app.example' }, true, 200],
  ['true', { hostname: 'other.example' }, true, 500],
  ['true', { hostname: 'other.example', hostnameAlias: 'app.example' }, true, 200],
  ['true', { hostname: 'app.example', hostnameAlias: 'other.example' }, true, 500],
  ['true', { hostname: '127.0.0.1' }, true, 500],
  ['false', { hostname: 'other.example' }, true, 200],
  ['false', { hostname: '127.0.0.1' }, true, 200],
] as const) {
  const name = `${transport.hostname}${'hostnameAlias' in transport ? ` alias ${transport.hostnameAlias}` : ''}`
  t.test(`A.2 SecureHostVerification ${verification}, ${name}: ${status}`, async t => {
    const { port } = await server(t)
    const answer = await throughEdge(
      t,
      port,
      { ...transport, ...(keyring && { keyring: signers(t, ca) }) },
      { secureHostVerification: verification === 'true' },
    )
    t.equal(answer.status, status)
    if (status === 500) {
      t.match(answer.failure, { row: 'F4', text: /\(ERR_TLS_CERT_ALTNAME_INVALID\)/ })
    }
  })
}

t.test('A.2 without a keyring the host name is always compared', async t => {
  const config = configFor(1, {}, { secureHostVerification: false })
  const { usable } = await prepareEndpoints(config, lookup, 'load')
  const [endpoint] = usable.values()
  t.equal(endpoint?.tls?.options.checkServerIdentity, undefined)
  t.match(endpoint?.tls?.options, { servername: 'app.example', rejectUnauthorized: true })
})

t.test('A.10 certLabel picks which client certificate the server sees', async t => {
  const between = issue('between', ca, { authority: true })
  const one = issue('client one', ca)
  const two = issue('client two', between)
  const dir = t.testdir({
    'key.p12': writePkcs12(
      [
        { label: 'one', certificate: one.certificate.raw, key: one.key },
        { label: 'two', certificate: two.certificate.raw, key: two.key },
        { label: 'signer', certificate: ca.certificate.raw },
        { label: 'between', certificate: between.certificate.raw },
      ],
      'x',
    ),
  })
  const { port, seen } = await server(t, site, {
    ca: ca.pem,
    requestCert: true,
    rejectUnauthorized: true,
  })
  const keyring = { keyring: join(dir, 'key.p12'), password: 'x' }
  t.equal((await throughEdge(t, port, keyring)).status, 200)
  t.equal((await throughEdge(t, port, { ...keyring, certLabel: 'two' })).status, 200)
  t.equal((await throughEdge(t, port, { ...keyring, certLabel: 'one' })).status, 200)
  t.strictSame(
    seen.map(({ client }) => client),
    ['client one', 'client two', 'client one'],
    'the second one with the certificate between it and the authority',
  )
  const { status, warnings } = await throughEdge(t, port, { ...keyring, certLabel: 'three' })
  t.equal(status, 500)
  t.match(warnings, [{ code: 'TRANSPORT_UNUSABLE', message: /label "three".*"one" or "two"/s }])
})

t.test('F4 F7 a client certificate that the server does not know gets no answer', async t => {
  const wrong = issue('client', stranger)
  const keyring = join(t.testdir({ 'key.pem': `${ca.pem}${wrong.pem}${wrong.keyPem}` }), 'key.pem')
  for (const [maxVersion, row, cause] of [
    ['TLSv1.2', 'F4', 'tls'],
    // Here the server says no after the handshake has ended for us; the end of the stream can overtake the alert.
    ['TLSv1.3', /^F[47]$/, /^(?:tls|reset)$/],
  ] as const) {
    const { port } = await server(t, site, {
      ca: ca.pem,
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion,
    })
    const { status, failure } = await throughEdge(t, port, { keyring })
    t.equal(status, 500)
    t.match(failure, { row, cause })
  }
})

for (const [title, options, strict, relaxed] of [
  ['TLS 1.3', {}, 200, 200],
  ['TLS 1.2 with AES-GCM', { maxVersion: 'TLSv1.2' }, 200, 200],
  [
    'TLS 1.2 with HMAC-SHA1',
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' },
    500,
    200,
  ],
  [
    'TLS 1.3 with ChaCha20 alone',
    { minVersion: 'TLSv1.3', ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
    500,
    200,
  ],
  ['a curve that NIST has not approved', { ecdhCurve: 'X25519' }, 500, 200],
  ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }, 500, 500],
] as const) {
  t.test(`A.2 StrictSecurity with a server of ${title}: ${strict}, else ${relaxed}`, async t => {
    const { port } = await server(t, site, options)
    const keyring = signers(t, ca)
    for (const [strictSecurity, status] of [
      [true, strict],
      [false, relaxed],
    ] as const) {
      const answer = await throughEdge(t, port, { keyring }, { strictSecurity })
      t.equal(answer.status, status)
      if (status === 500) t.match(answer.failure, { row: 'F4', text: /\(E(?:RR_SSL_|CONNRESET)/ })
    }
  })
}

t.test('a reload reads renewed certificates, and the change of the files is noticed', async t => {
  const old = issue('client', ca)
  const dir = t.testdir({ 'key.pem': `${stranger.pem}${old.pem}${old.keyPem}` })
  const keyring = join(dir, 'key.pem')
  const { port, seen } = await server(t, site, { ca: ca.pem, requestCert: true })
  const config = configFor(port, { keyring })
  const { keyFiles } = await prepareEndpoints(config, lookup, 'load')
  const { edge, port: front } = await edgeOn(t, config, { lookup })
  t.equal((await ask(front, '/')).status, 500)
  t.equal(await keyFiles.changed(), false)
  const renewed = issue('renewed client', ca)
  await writeFile(keyring, `${ca.pem}${renewed.pem}${renewed.keyPem}`)
  t.equal(await keyFiles.changed(), true)
  t.match(await edge.reload(), { result: 'loaded' })
  t.equal((await ask(front, '/')).status, 200)
  t.equal(seen.at(-1)?.client, 'renewed client')
})

/** Opens a connection as a stream does, says a request on it and waits for the end of the answer. */
const visit = (endpoint: Endpoint): Promise<ConnectFailure | string> =>
  new Promise(resolve => {
    const limits = { connectTimeoutMs: 5000, ioTimeoutMs: 0 }
    openConnection(endpoint, limits, (failure, socket: Socket | null) => {
      if (socket === null) return resolve(failure as ConnectFailure)
      let text = ''
      socket.on('data', chunk => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
      socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    })
  })

const endpointOf = async (
  port: number,
  transport: Partial<Transport>,
  settings: Partial<Settings> = {},
): Promise<Endpoint> => {
  const { usable } = await prepareEndpoints(configFor(port, transport, settings), lookup, 'load')
  const [endpoint] = usable.values()
  if (endpoint === undefined) throw new Error('the transport cannot be used')
  return endpoint
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  t.test(
    `the TLS session of a stream is used again by the next one, with ${maxVersion}`,
    async t => {
      const { port, seen } = await server(t, site, { maxVersion })
      const endpoint = await endpointOf(
        port,
        { keyring: signers(t, ca) },
        { secureHostVerification: true },
      )
      for (let count = 0; count < 4; count++) t.match(await visit(endpoint), /secret page/)
      t.strictSame(
        seen,
        [false, true, true, true].map(reused => ({
          client: undefined,
          protocol: maxVersion,
          reused,
        })),
      )
    },
  )

  t.test(`F4 a host name that was refused stays refused, with ${maxVersion}`, async t => {
    const { port } = await server(t, site, { maxVersion })
    const endpoint = await endpointOf(
      port,
      { keyring: signers(t, ca), hostname: 'other.example' },
      { secureHostVerification: true },
    )
    for (let count = 0; count < 3; count++) {
      t.match(await visit(endpoint), {
        moment: 'tls',
        error: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      })
    }
    t.equal(endpoint.tls?.sessions.latest, null)
  })
}

t.test(
  'a server that has forgotten the session, or ends over it, gets a new handshake',
  async t => {
    const first = await server(t)
    const endpoint = await endpointOf(first.port, { keyring: signers(t, ca) })
    t.match(await visit(endpoint), /secret page/)
    t.ok(endpoint.tls?.sessions.latest)
    // Started anew, with other keys for its tickets.
    const second = await server(t)
    const moved = { ...endpoint, transport: { ...endpoint.transport, port: second.port } }
    t.match(await visit(moved), /secret page/)
    t.match(second.seen, [{ reused: false }])
    const broken = await listen(
      t,
      https.createServer({ ciphers: 'ECDHE-ECDSA-AES128-SHA', maxVersion: 'TLSv1.2' }),
    )
    const failing = { ...endpoint, transport: { ...endpoint.transport, port: broken } }
    t.match(await visit(failing), { moment: 'tls' })
    t.equal(endpoint.tls?.sessions.latest, null, 'it is not offered again')
  },
)
