import https from 'node:https'
import { join } from 'node:path'
import type tls from 'node:tls'
import t, { type Test } from 'tap'
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate,
  serverKey,
} from '../support/certificates.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, fields, listen, origin, rawOrigin } from '../support/loopback.ts'

/** An application server that speaks TLS. */
const tlsOrigin = async (t: Test, options: tls.TlsOptions = {}) => {
  const seen: { readonly servername: string | false | undefined }[] = []
  const server = https.createServer(
    { cert: serverCertificate, key: serverKey, ...options },
    (request, response) => {
      const socket = request.socket as tls.TLSSocket & { readonly servername?: string | false }
      seen.push({ servername: socket.servername })
      response.end('over tls')
    },
  )
  return { port: await listen(t, server), seen }
}

const transportsOf = (files: string) => ({
  protocol: 'https' as const,
  hostname: 'app.example',
  keyring: join(files, 'plugin-key.pem'),
})

const lookup = async (): Promise<readonly string[]> => ['127.0.0.1']

t.test('Y4 an http request goes to the https transport of a server that has no other', async t => {
  const files = t.testdir({ 'plugin-key.pem': authority })
  const server = await tlsOrigin(t)
  const { port } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { transport: transportsOf(files) }),
    { lookup },
  )
  t.match(await ask(port, '/'), { status: 200, body: 'over tls' })
  t.match(server.seen, [{ servername: 'app.example' }])
})

t.test('F4 a certificate that nobody in the keyring signed is refused', async t => {
  const server = await tlsOrigin(t)
  const { port, trace } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }, { port: 9 }], {
      transport: { protocol: 'https', hostname: 'app.example' },
    }),
    { lookup },
  )
  t.equal((await ask(port, '/')).status, 500)
  t.match(
    trace.find(({ kind }) => kind === 'fail'),
    { row: 'F4', cause: 'tls', server: 'm1' },
  )
  t.equal(server.seen.length, 0)
})

t.test(
  'F4 a certificate of another host is refused, and HostnameAlias names the right one',
  async t => {
    const files = t.testdir({ 'plugin-key.pem': authority })
    const server = await tlsOrigin(t)
    for (const [hostnameAlias, status] of [
      [undefined, 500],
      ['app.example', 200],
    ] as const) {
      const { port } = await edgeOn(
        t,
        edgeConfig([{ port: server.port }], {
          settings: { secureHostVerification: true },
          transport: {
            ...transportsOf(files),
            hostname: 'other.example',
            ...(hostnameAlias && { hostnameAlias }),
          },
        }),
        { lookup },
      )
      t.equal((await ask(port, '/')).status, status)
    }
  },
)

t.test('a keyring with a key presents its certificate to the server', async t => {
  const files = t.testdir({ 'plugin-key.pem': `${authority}${clientCertificate}${clientKey}` })
  const server = await tlsOrigin(t, { ca: authority, requestCert: true, rejectUnauthorized: true })
  const { port } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { transport: transportsOf(files) }),
    { lookup },
  )
  t.equal((await ask(port, '/')).status, 200)
})

t.test(
  'F4 F7 a server that wants a certificate which the keyring does not have is marked down',
  async t => {
    const files = t.testdir({ 'plugin-key.pem': authority })
    const server = await tlsOrigin(t, {
      ca: authority,
      requestCert: true,
      rejectUnauthorized: true,
    })
    const { port, trace, edge } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }, { port: server.port }], {
        transport: transportsOf(files),
      }),
      { lookup },
    )
    t.equal((await ask(port, '/')).status, 500)
    // With TLS 1.3 the server says no after the handshake has ended for us; the end of the stream can overtake the alert.
    t.match(
      trace.find(({ kind }) => kind === 'fail'),
      { row: /^F[47]$/, cause: /^(?:tls|reset)$/ },
    )
    t.match(edge.snapshot().clusters[0]?.servers, [{ health: 'down' }, { health: 'down' }])
  },
)

t.test('a TLS handshake that nobody answers is bounded by ServerIOTimeout', async t => {
  const silent = await rawOrigin(t, () => {})
  const { port, trace } = await edgeOn(
    t,
    edgeConfig([{ port: silent, serverIoTimeoutMs: 150 }], {
      transport: { protocol: 'https', hostname: 'app.example' },
    }),
    { lookup },
  )
  t.equal((await ask(port, '/')).status, 500)
  t.match(
    trace.find(({ kind }) => kind === 'fail'),
    { row: 'F4', cause: 'tls' },
  )
})

t.test(
  'Y1 Y2 an https request goes to the https transport, with the facts of the client',
  async t => {
    const files = t.testdir({ 'plugin-key.pem': authority })
    let seen: readonly string[] = []
    const server = https.createServer(
      { cert: serverCertificate, key: serverKey },
      (request, response) => {
        seen = request.rawHeaders
        response.end('ok')
      },
    )
    const port = await listen(t, server)
    const { edge, trace } = await edgeOn(
      t,
      edgeConfig([{ port }], { transport: transportsOf(files) }),
      { lookup },
    )
    const front = https.createServer(
      {
        cert: serverCertificate,
        key: serverKey,
        ca: authority,
        requestCert: true,
        rejectUnauthorized: false,
      },
      edge.handler,
    )
    const frontPort = await listen(t, front)
    const request = (client: object): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port: frontPort,
          rejectUnauthorized: false,
          agent: false,
        }
        https
          .get({ ...options, ...client, headers: { Host: 'shop' } }, response => {
            response.resume()
            response.on('end', () => resolve(response.statusCode))
          })
          .on('error', reject)
      })
    t.equal(await request({ cert: clientCertificate, key: clientKey }), 200)
    t.match(
      trace.find(({ kind }) => kind === 'transport'),
      { case: 1, protocol: 'https' },
    )
    t.strictSame(
      ['$WSIS', '$WSSC', '$WSSP'].flatMap(name => fields(seen, name)),
      ['true', 'https', '443'],
    )
    t.match(fields(seen, '$WSCS'), [/^TLS_/])
    const sent = Buffer.from(fields(seen, '$WSCC')[0] ?? '', 'base64')
    t.match(sent, new (await import('node:crypto')).X509Certificate(clientCertificate).raw)
    await request({})
    t.strictSame(fields(seen, '$WSCC'), [], 'no certificate, no header')
  },
)

for (const [title, files, names, reason] of [
  [
    'is a GSKit database',
    { 'plugin-key.kdb': 'binary' },
    'plugin-key.kdb',
    /key databases of GSKit/,
  ],
  ['is missing', {}, 'plugin-key.kdb', /there is no such file/],
  [
    'is damaged',
    { 'plugin-key.pem': '-----BEGIN CERTIFICATE-----\nnonsense\n' },
    'plugin-key.pem',
    /cannot be used/,
  ],
] as const) {
  t.test(`Y6 a transport whose keyring ${title} is skipped, and the rest works`, async t => {
    const directory = t.testdir(files)
    const server = await rawOrigin(t, socket =>
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')),
    )
    const config = edgeConfig([{ port: 9 }, { port: server }])
    const [first] = config.clusters[0]?.servers ?? []
    Object.assign(first ?? {}, {
      transports: [
        {
          hostname: 'localhost',
          port: 9,
          protocol: 'https',
          keyring: join(directory, names),
          properties: [],
        },
      ],
    })
    const { edge, port, warnings, records } = await edgeOn(t, config)
    t.equal((await ask(port, '/')).status, 200)
    t.match(records, [{ server: 'm2', attempts: 1 }])
    t.match(edge.snapshot().clusters[0]?.servers, [{ usable: false }, { usable: true }])
    t.match(warnings, [{ code: 'TRANSPORT_UNUSABLE', message: reason }])
    t.match(warnings, [{ message: /plugin-key\.pem/ }], 'it names the file that would help')
  })
}

t.test('E15 a PEM file beside a GSKit database is taken in its place', async t => {
  const files = t.testdir({ 'plugin-key.kdb': 'binary', 'plugin-key.pem': authority })
  const server = await tlsOrigin(t)
  const { port } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], {
      transport: { ...transportsOf(files), keyring: join(files, 'plugin-key.kdb') },
    }),
    { lookup },
  )
  t.equal((await ask(port, '/')).status, 200)
})

t.test('F18 an https request passes by a server that has no https transport', async t => {
  const files = t.testdir({ 'plugin-key.pem': authority })
  const plain = await origin(t)
  const secure = await tlsOrigin(t)
  const config = edgeConfig([{ port: plain.port }, { port: secure.port }])
  const [, second] = config.clusters[0]?.servers ?? []
  const [transport] = second?.transports ?? []
  Object.assign(second ?? {}, { transports: [{ ...transport, ...transportsOf(files) }] })
  const { edge, trace } = await edgeOn(t, config, { lookup })
  const front = https.createServer({ cert: serverCertificate, key: serverKey }, edge.handler)
  const port = await listen(t, front)
  const status = await new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', ca: authority, servername: 'app.example' }
    https
      .get({ ...options, agent: false }, response => resolve(response.statusCode))
      .on('error', reject)
  })
  t.equal(status, 200)
  t.match(
    trace.filter(({ kind }) => kind === 'fail'),
    [{ row: 'F18', server: 'm1' }],
  )
  t.match(edge.snapshot().clusters[0]?.servers, [{ health: 'down' }, { health: 'up' }])
  t.equal(plain.seen.length, 0, 'nothing of it was sent in the clear')
})
