import https from 'node:https'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startAdmin } from '../../../src/admin/admin.ts'
import { createEdge } from '../../../src/edge/edge.ts'
import { authority, serverCertificate, serverKey } from '../../support/certificates.ts'
import { edgeConfig } from '../../support/edge-config.ts'
import { ask, edgeOn, listen, rawAsk, rawOrigin } from '../../support/loopback.ts'
import { openStage, request, talk } from '../stage.ts'
import { type Case, probe } from '../suite.ts'
import { statusOf } from '../wire.ts'

const token = 'token-of-the-test'

const adminOf = async (t: Test, over: { readonly token?: string } = {}, name = 'm1') => {
  const edge = await createEdge({ config: edgeConfig([{ name }]) })
  t.teardown(() => edge.close())
  const admin = await startAdmin(edge, over)
  t.teardown(() => admin.close())
  return { edge, port: admin.port }
}

const writing = (path: string, ...lines: readonly string[]): string =>
  `POST ${path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`

/** Admin pages (security.md 1). */
export const adminPages: readonly Case[] = [
  ...['/snapshot', '/config', '/counters', '/reload', '/recordings', '/explain'].map(path =>
    probe(`${path} through the proxied URIs is the server’s`, async (t, { port, app }) => {
      for (const method of ['GET', 'POST']) {
        const { messages } = await talk(
          port,
          request(`${method} ${path}`, `Authorization: Bearer ${token}`, 'Connection: close'),
        )
        t.strictSame(
          messages.map(({ body }) => body),
          [path],
        )
      }
      t.equal(app.messages().length, 2)
    }),
  ),
  ...[
    ['without a token', [], 401],
    ['with a wrong token', ['Authorization: Bearer wrong-token-of-it'], 401],
    ['with the token as a password', [`Authorization: Basic ${token}`], 401],
    ['with the token in a cookie', [`Cookie: token=${token}`], 401],
    [
      'with the token, from another origin',
      [`Authorization: Bearer ${token}`, 'Origin: http://evil.example'],
      403,
    ],
    ['with the token, from no origin', [`Authorization: Bearer ${token}`, 'Origin: null'], 403],
    [
      'with the token, from a page of another site',
      [`Authorization: Bearer ${token}`, 'Sec-Fetch-Site: cross-site'],
      403,
    ],
  ].map(([title, lines, status]) =>
    probe(`a write ${title} changes nothing`, async t => {
      const { edge, port } = await adminOf(t, { token })
      const text = await rawAsk(
        port,
        writing('/reload', `Host: 127.0.0.1:${port}`, ...(lines as readonly string[])),
      )
      t.match(text, new RegExp(`^HTTP/1\\.1 ${status} `))
      t.equal(edge.counters().reloads, 0)
    }),
  ),
  probe('without a token of its own nothing can be changed at all', async t => {
    const { edge, port } = await adminOf(t)
    const text = await rawAsk(
      port,
      writing('/reload', `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`),
    )
    t.match(text, /^HTTP\/1\.1 403 /)
    t.equal(edge.counters().reloads, 0)
  }),
  ...['rebound.example', '127.0.0.1.evil.example', ''].map(host =>
    probe(`a Host of ${JSON.stringify(host)} is not answered (DNS rebinding)`, async t => {
      const { port } = await adminOf(t)
      const text = await rawAsk(
        port,
        `GET /snapshot HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      )
      t.match(text, /^HTTP\/1\.1 421 /)
    }),
  ),
  probe('names from the file come out as data, never as a page', async t => {
    const name = '<script>alert(1)</script>"\'&'
    const { port } = await adminOf(t, {}, name)
    for (const path of ['/snapshot', '/config']) {
      const answer = await ask(port, path)
      t.match(answer.headers['content-type'], /^application\/json/)
      t.equal(answer.headers['x-content-type-options'], 'nosniff')
      t.ok(JSON.stringify(JSON.parse(answer.body)).includes(JSON.stringify(name).slice(1, -1)))
    }
    const { body, headers } = await ask(port, '/%3Cscript%3Ealert(1)%3C/script%3E')
    t.match(headers['content-type'], /^application\/json/)
    t.type(JSON.parse(body), 'object')
  }),
  probe('an edge without an admin endpoint opens none', async t => {
    const { port, app } = await openStage(t, {
      config: port => edgeConfig([{ port }], { uri: '/app/*' }),
    })
    for (const path of ['/', '/snapshot', '/config', '/admin', '/counters']) {
      const { messages } = await talk(port, request(`GET ${path}`, 'Connection: close'))
      t.strictSame(messages.map(statusOf), [404])
    }
    t.equal(app.text(), '')
  }),
]

const lookup = async (): Promise<readonly string[]> => ['127.0.0.1']

const secure = { protocol: 'https', hostname: 'app.example' } as const

const trusting = (t: Test) => ({
  ...secure,
  keyring: join(t.testdir({ 'plugin-key.pem': authority }), 'plugin-key.pem'),
})

const tlsServer = async (t: Test) => {
  let requests = 0
  const server = https.createServer({ cert: serverCertificate, key: serverKey }, (_, response) => {
    requests++
    response.end('over tls')
  })
  return { port: await listen(t, server), requests: () => requests }
}

/** TLS (security.md 1). */
export const tls: readonly Case[] = [
  probe('a server whose signer is in the keyring is served', async t => {
    const server = await tlsServer(t)
    const { port } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], { transport: trusting(t) }),
      { lookup },
    )
    t.match(await ask(port, '/'), { status: 200, body: 'over tls' })
  }),
  probe('without a word in the file a certificate is checked, and this one refused', async t => {
    const server = await tlsServer(t)
    const { port, trace } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], { transport: secure }),
      { lookup },
    )
    t.equal((await ask(port, '/')).status, 500)
    t.equal(server.requests(), 0, 'no request is sent before the check')
    t.match(
      trace.find(({ kind }) => kind === 'fail'),
      { row: 'F4', cause: 'tls' },
      'the trace says so',
    )
  }),
  probe('a certificate of another host is refused', async t => {
    const server = await tlsServer(t)
    const { port } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], {
        transport: { ...trusting(t), hostname: 'other.example' },
        settings: { secureHostVerification: true },
      }),
      { lookup },
    )
    t.equal((await ask(port, '/')).status, 500)
    t.equal(server.requests(), 0)
  }),
  ...[
    ['an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nINJECTED'],
    ['a request for STARTTLS', '220 ready\r\n'],
    ['an alert', '\x15\x03\x01\x00\x02\x02\x28'],
    ['half a handshake', '\x16\x03\x03\x00\x7a\x02'],
  ].map(([title, bytes = '']) =>
    probe(`CVE-2026-1642: ${title} in plain text before TLS is no answer`, async t => {
      const port = await rawOrigin(t, socket => {
        socket.end(bytes, 'latin1')
      })
      const { port: edgePort } = await edgeOn(
        t,
        edgeConfig([{ port }], { transport: trusting(t) }),
        { lookup },
      )
      const answer = await ask(edgePort, '/')
      t.equal(answer.status, 500)
      t.notMatch(answer.body, /INJECTED/)
    }),
  ),
  probe('CVE-2026-1642: plain text before a handshake that would succeed is no answer', async t => {
    const server = await tlsServer(t)
    const port = await rawOrigin(t, async socket => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nINJECTED')
      const { connect } = await import('node:net')
      const behind = connect(server.port, '127.0.0.1')
      behind.on('error', () => {})
      socket.on('close', () => behind.destroy())
      socket.pipe(behind).pipe(socket)
    })
    const { port: edgePort } = await edgeOn(t, edgeConfig([{ port }], { transport: trusting(t) }), {
      lookup,
    })
    const answer = await ask(edgePort, '/')
    t.equal(answer.status, 500)
    t.notMatch(answer.body, /INJECTED/)
    t.equal(server.requests(), 0)
  }),
  probe('an http client cannot say that it came over https', async (t, { port, app }) => {
    await talk(
      port,
      request(
        'GET /a',
        '$WSIS: true',
        '$WSSC: https',
        '$WSCS: TLS_AES',
        '$WSCC: certificate',
        'X-Forwarded-Proto: https',
        'Front-End-Https: on',
        'Connection: close',
      ),
    )
    t.match(app.text(), /\r\n\$WSIS: false\r\n\$WSSC: http\r\n/)
    t.notMatch(app.text(), /\$WSCS|\$WSCC|X-Forwarded/i)
  }),
]
