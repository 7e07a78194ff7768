import { once } from 'node:events'
import { cp, writeFile } from 'node:fs/promises'
import http2 from 'node:http2'
import https from 'node:https'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import { issue } from '../support/certificate-maker.ts'
import { authority, clientKey, serverCertificate, serverKey } from '../support/certificates.ts'
import { aesStore, keystorePassword } from '../support/keystores.ts'
import { eventually, onHead, rawOrigin } from '../support/loopback.ts'
import { captured } from './capture.ts'
import { configFor, origin, serving } from './serving.ts'

const figure = resolve(import.meta.dirname, '../../plugin-cfg/figure-5-12.xml')

/** The files of a test, by name. */
const filesOf = (t: Test, files: Record<string, string | Uint8Array>) => {
  const dir = t.testdir({})
  return {
    path: (name: string) => join(dir, name),
    write: async () => {
      for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
    },
  }
}

const usual = { 'cert.pem': serverCertificate, 'key.pem': serverKey }

/** A serve of one application server on a TLS port. */
const served = async (t: Test, port: number, ...args: readonly string[]) => {
  const files = filesOf(t, usual)
  await files.write()
  const cert = ['--cert', files.path('cert.pem'), '--key', files.path('key.pem')]
  // Y3: what comes by https may go out without TLS.
  const stdin = configFor(port).replace('<Config ', '<Config UseInsecure="true" ')
  const run = await serving(t, ['-', '--tls-port', '0', ...cert, ...args], stdin)
  return { ...run, files, port: Number(new URL(run.urls.at(-1) ?? '').port) }
}

const trusting = { ca: authority, servername: 'localhost' } as const

/** HTTP/1.1 over TLS. */
const ask = (port: number, path: string, options: https.RequestOptions = {}) =>
  new Promise<{ status: number | undefined; body: string; subject: string }>((resolve, reject) => {
    const request = https.request({ port, path, agent: false, ...trusting, ...options }, answer => {
      let body = ''
      const { subject } = (answer.socket as tls.TLSSocket).getPeerCertificate()
      answer.on('data', chunk => {
        body += chunk
      })
      answer.on('end', () =>
        resolve({ status: answer.statusCode, body, subject: String(subject.CN) }),
      )
    })
    request.on('error', reject)
    request.end()
  })

/** A client of HTTP/2. */
const clientOf = (t: Test, port: number) => {
  const client = http2.connect(`https://localhost:${port}`, trusting)
  client.on('error', () => {})
  t.teardown(() => client.destroy())
  return client
}

const askHttp2 = (
  client: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string,
) =>
  new Promise<{ status: unknown; body: string }>((resolve, reject) => {
    const stream = client.request(headers)
    let status: unknown
    let text = ''
    stream.on('response', head => {
      status = head[':status']
    })
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('end', () => resolve({ status, body: text }))
    stream.on('error', reject)
    stream.end(body)
  })

t.test('a TLS port speaks HTTP/1.1 and HTTP/2, beside a port without TLS', async t => {
  const server = await origin(t, (request, response) =>
    response.end(`${request.url} ${request.headers.$wssc} ${request.headers.$wssn}`),
  )
  const { url, output, port, stop, status } = await served(t, server, '--port', '0')
  t.match(output.out, /^serving \(stdin\) on http:\S+\/ and https:\S+\/, Ctrl-C to stop\n$/)
  t.equal(await (await fetch(`${url}/app/a`)).text(), '/app/a http 127.0.0.1')
  t.match(await ask(port, '/app/b'), { status: 200, body: '/app/b https localhost' })
  const client = clientOf(t, port)
  t.match(await askHttp2(client, { ':path': '/app/c' }), {
    status: 200,
    body: '/app/c https localhost',
  })
  t.match(await askHttp2(client, { ':path': '/other' }), { status: 404 })
  stop()
  t.equal(await status, 0)
  t.equal(output.err, '')
})

t.test('with --tls-port alone nothing listens without TLS', async t => {
  const { urls, stop, status } = await served(t, 1)
  t.equal(urls.length, 1)
  t.match(urls[0], /^https:/)
  stop()
  await status
})

t.test('Y3 servers that TLS requests cannot reach are pointed out', async t => {
  const files = filesOf(t, usual)
  await files.write()
  const cert = ['--cert', files.path('cert.pem'), '--key', files.path('key.pem')]
  const args = ['-', '--tls-port', '0', ...cert]
  const { output, url, stop, status } = await serving(t, args, configFor(1))
  t.match(
    output.out,
    '\nnote: App has no https Transport, so its requests that come by https are answered 500; add one, or write UseInsecure="true" on Config to send them on in clear\n',
  )
  t.match(await ask(Number(new URL(url).port), '/app/'), { status: 500 })
  stop()
  await status
})

t.test('bytes that are no TLS harm nobody', async t => {
  const server = await origin(t, (_request, response) => response.end('ok'))
  const { port, output, stop, status } = await served(t, server)
  const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
  socket.on('error', () => {})
  await once(socket.resume(), 'close')
  t.match(await ask(port, '/app/'), { status: 200 })
  stop()
  t.equal(await status, 0)
  t.equal(output.err, '')
})

t.test('a tunnel can be had over TLS', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () => {
      socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello')
      socket.on('end', () => socket.end())
    }),
  )
  const { port, stop, status } = await served(t, server)
  const socket = tls.connect({ port, ...trusting, ALPNProtocols: ['http/1.1'] })
  socket.write(
    'GET /app/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  await eventually(() => text.endsWith('hello'))
  t.match(text, /^HTTP\/1\.1 101 /)
  const closed = once(socket, 'close')
  stop()
  t.equal(await status, 0, 'a tunnel has no end of its own, and does not count as cut off')
  await closed
})

t.test('a client that waits for a 100 gets one, over HTTP/1.1 and HTTP/2', async t => {
  const server = await origin(t, (request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => response.end(`got ${body}`))
  })
  const { port, stop, status } = await served(t, server)
  const interim: string[] = []
  const request = https.request({
    ...{ port, path: '/app/', method: 'POST', agent: false, ...trusting },
    headers: { Expect: '100-continue', 'Content-Length': 2 },
  })
  request.on('continue', () => {
    interim.push('HTTP/1.1')
    request.end('hi')
  })
  request.flushHeaders()
  const [answer] = await once(request, 'response')
  t.equal(String(await once(answer, 'data')), 'got hi')
  const stream = clientOf(t, port).request({
    ...{ ':method': 'POST', ':path': '/app/', expect: '100-continue' },
  })
  stream.on('continue', () => {
    interim.push('HTTP/2')
    stream.end('ho')
  })
  t.equal(String(await once(stream, 'data')), 'got ho')
  t.strictSame(interim, ['HTTP/1.1', 'HTTP/2'], 'each exactly one')
  stop()
  await status
})

t.test('the end of HTTP/2: streams under way are answered, new ones are refused', async t => {
  let answer = (): void => {}
  const server = await origin(t, (_request, response) => {
    answer = () => response.end('late')
  })
  const { port, output, stop, status } = await served(t, server)
  const client = clientOf(t, port)
  const idle = clientOf(t, port)
  await once(idle, 'connect')
  const request = askHttp2(client, { ':path': '/app/' })
  const before = answer
  await eventually(() => answer !== before)
  const [goneAway, idleClosed] = [once(client, 'goaway'), once(idle, 'close')]
  stop()
  await goneAway
  await idleClosed
  await t.rejects(askHttp2(client, { ':path': '/app/' }))
  answer()
  t.match(await request, { status: 200, body: 'late' })
  t.equal(await status, 0)
  t.equal(output.err, '')
})

t.test('a header of HTTP/2 or HTTP/1.1 beyond --header-size is refused', async t => {
  const server = await origin(t, (_request, response) => response.end('ok'))
  const { port, stop, status } = await served(t, server, '--header-size', '2048')
  const headers = { 'x-large': 'x'.repeat(3000) }
  t.match(await ask(port, '/app/', { headers }), { status: 431 })
  const client = clientOf(t, port)
  // The limit holds from the moment in which the client has agreed to the settings.
  await once(client, 'remoteSettings')
  t.match(await askHttp2(client, { ':path': '/app/' }), { status: 200 })
  await t.rejects(askHttp2(client, { ':path': '/app/', ...headers }), { message: /CALM/ })
  t.match(await askHttp2(client, { ':path': '/app/' }), { status: 200 })
  stop()
  await status
})

t.test('300 fields, as HTTPMaxHeaders allows by itself, come through HTTP/2', async t => {
  let seen = 0
  const server = await origin(t, (request, response) => {
    seen = Object.keys(request.headers).filter(name => name.startsWith('x-n')).length
    response.end('ok')
  })
  const { port, stop, status } = await served(t, server)
  const many = Object.fromEntries(Array.from({ length: 280 }, (_, n) => [`x-n${n}`, 'y']))
  t.match(await askHttp2(clientOf(t, port), { ':path': '/app/', ...many }), { status: 200 })
  t.equal(seen, 280)
  stop()
  await status
})

t.test('--pfx takes a keyring of PKCS#12, with the passphrase in a text or stash file', async t => {
  const stash = Buffer.from(`${keystorePassword}\0`).map(byte => byte ^ 0xf5)
  const files = filesOf(t, {
    'edge.p12': aesStore,
    'pass.txt': `${keystorePassword}\nnothing else counts\n`,
    'edge.sth': stash,
  })
  await files.write()
  for (const name of ['pass.txt', 'edge.sth']) {
    const { url, output, stop, status } = await serving(t, [
      ...[figure, '--tls-port', '0', '--pfx', files.path('edge.p12')],
      ...['--passphrase-file', files.path(name)],
    ])
    // It was issued to a client, which is all the same to the server that shows it.
    const options = { rejectUnauthorized: false }
    t.match(await ask(Number(new URL(url).port), '/other', options), {
      status: 404,
      subject: 'the client',
    })
    stop()
    t.equal(await status, 0)
    t.equal(output.err, '')
  }
})

t.test('an encrypted key is opened with --passphrase-file; both may be in one file', async t => {
  const made = issue('both.example', null)
  const key = made.key.export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' },
  })
  const files = filesOf(t, { 'both.pem': `${made.pem}${key}`, pass: 'open sesame\r\n' })
  await files.write()
  const both = files.path('both.pem')
  const { url, stop, status } = await serving(t, [
    ...[figure, '--tls-port', '0', '--cert', both, '--key', both],
    ...['--passphrase-file', files.path('pass')],
  ])
  const answer = await ask(Number(new URL(url).port), '/other', { rejectUnauthorized: false })
  t.match(answer, { status: 404, subject: 'both.example' })
  stop()
  await status
})

t.test('the certificates that issued it are sent along, in order, from any place', async t => {
  const root = issue('root.example', null, { authority: true })
  const middle = issue('middle.example', root, { authority: true })
  const own = issue('localhost', middle, { hosts: ['localhost'] })
  const files = filesOf(t, {
    'chain.pem': root.pem + own.pem + middle.pem,
    'key.pem': own.keyPem,
  })
  await files.write()
  const { url, stop, status } = await serving(t, [
    ...[figure, '--tls-port', '0', '--cert', files.path('chain.pem')],
    ...['--key', files.path('key.pem')],
  ])
  const answer = await ask(Number(new URL(url).port), '/other', { ca: root.pem })
  t.match(answer, { status: 404, subject: 'localhost' })
  stop()
  await status
})

t.test(
  'SIGHUP shows a renewed certificate to new connections and drops no old one',
  { skip: process.platform === 'win32' && 'there is no SIGHUP' },
  async t => {
    const server = await origin(t, (_request, response) => response.end('ok'))
    const { port, files, output, stop, status } = await served(t, server)
    const client = clientOf(t, port)
    t.match(await askHttp2(client, { ':path': '/app/' }), { status: 200 })
    t.match(await ask(port, '/app/'), { subject: 'app.example' })

    const renewed = issue('renewed.example', null)
    await writeFile(files.path('cert.pem'), renewed.pem)
    process.emit('SIGHUP')
    await eventually(() => output.err.includes('warning'))
    t.match(
      output.err,
      /^warning: the certificate in force stays: --key ".*key\.pem" cannot be used: the key belongs to no certificate in ".*cert\.pem"; .*\n$/,
    )
    t.match(await ask(port, '/app/'), { subject: 'app.example' }, 'half a renewal is none')

    await writeFile(files.path('key.pem'), renewed.keyPem)
    process.emit('SIGHUP')
    await eventually(() => output.out.includes('read again'))
    t.match(output.out, `certificate in "${files.path('cert.pem')}": read again\n`)
    const insecure = { rejectUnauthorized: false }
    t.match(await ask(port, '/app/', insecure), { subject: 'renewed.example' })
    t.match(await askHttp2(client, { ':path': '/app/' }), { status: 200 }, 'the old connection')
    stop()
    t.equal(await status, 0)
  },
)

t.test('a certificate that clients will refuse is pointed out', async t => {
  const old = issue('old.example', null, { notAfter: '20200101000000Z' })
  const files = filesOf(t, { 'cert.pem': old.pem, 'key.pem': old.keyPem })
  await files.write()
  const { output, stop, status } = await serving(t, [
    ...[figure, '--tls-port', '0', '--cert', files.path('cert.pem')],
    ...['--key', files.path('key.pem')],
  ])
  t.match(
    output.err,
    /^warning: the certificate in ".*cert\.pem" ran out on Jan .* 2020 GMT; renew it\n$/,
  )
  stop()
  await status
})

/** Command lines with files that cannot be used, and the one line that says so. */
const wrong = [
  [
    'nothing but the port',
    [],
    2,
    /^--tls-port needs a certificate; write --cert FILE and --key FILE, or --pfx FILE$/,
  ],
  ['no key', ['--cert', 'cert.pem'], 2, /^--key FILE is missing for --tls-port; write it too$/],
  [
    'no certificate',
    ['--key', 'key.pem'],
    2,
    /^--cert FILE is missing for --tls-port; write it too$/,
  ],
  [
    'both forms',
    ['--cert', 'cert.pem', '--pfx', 'edge.p12'],
    2,
    /^--cert and --pfx name two certificates; write --cert and --key, or --pfx alone$/,
  ],
  [
    'a file that is not there',
    ['--cert', 'none.pem', '--key', 'key.pem'],
    1,
    /^cannot read ".*none\.pem": there is no such file; write a file that this user may read with --cert$/,
  ],
  [
    'a directory',
    ['--cert', 'cert.pem', '--key', '.'],
    1,
    /^cannot read ".*": it is a directory; write a file that this user may read with --key$/,
  ],
  [
    'both the wrong way round',
    ['--cert', 'key.pem', '--key', 'cert.pem'],
    1,
    /^--cert ".*key\.pem" cannot be used: there is no certificate in it, only PRIVATE KEY; write a PEM file with -----BEGIN CERTIFICATE----- in it$/,
  ],
  [
    'a certificate for a key',
    ['--cert', 'cert.pem', '--key', 'cert.pem'],
    1,
    /^--key ".*cert\.pem" cannot be used: there is no private key in it, only CERTIFICATE; write a PEM file with -----BEGIN PRIVATE KEY----- in it$/,
  ],
  [
    'another key',
    ['--cert', 'cert.pem', '--key', 'other.pem'],
    1,
    /^--key ".*other\.pem" cannot be used: the key belongs to no certificate in ".*cert\.pem"; write the key for which the certificate of --cert was issued$/,
  ],
  [
    'a damaged certificate',
    ['--cert', 'damaged.pem', '--key', 'key.pem'],
    1,
    /^--cert ".*damaged\.pem" cannot be used: it is damaged: a certificate in it cannot be read; write a whole file$/,
  ],
  [
    'an encrypted key',
    ['--cert', 'cert.pem', '--key', 'locked.pem'],
    1,
    /^--key ".*locked\.pem" cannot be used: it is encrypted; write --passphrase-file FILE too$/,
  ],
  [
    'a wrong passphrase',
    ['--cert', 'cert.pem', '--key', 'locked.pem', '--passphrase-file', 'pass'],
    1,
    /^--key ".*locked\.pem" cannot be used: ".*pass" has another passphrase; write the right one into that file$/,
  ],
  [
    'PKCS#12 for a certificate',
    ['--cert', 'edge.p12', '--key', 'key.pem'],
    1,
    /^--cert ".*edge\.p12" cannot be used: there is no certificate in it; it is PKCS#12; write it with --pfx$/,
  ],
  [
    'PEM for PKCS#12',
    ['--pfx', 'cert.pem'],
    1,
    /^--pfx ".*cert\.pem" cannot be used: it is not PKCS#12; write a \.p12 or \.pfx file, or --cert and --key for PEM$/,
  ],
  [
    'PKCS#12 without its passphrase',
    ['--pfx', 'edge.p12'],
    1,
    /^--pfx ".*edge\.p12" cannot be used: it is encrypted; write --passphrase-file FILE too$/,
  ],
  [
    'PKCS#12 with another passphrase',
    ['--pfx', 'edge.p12', '--passphrase-file', 'pass'],
    1,
    /^--pfx ".*edge\.p12" cannot be used: ".*pass" has another passphrase; write the right one into that file$/,
  ],
  [
    'a stash file that is none',
    ['--pfx', 'edge.p12', '--passphrase-file', 'bad.sth'],
    1,
    /^--passphrase-file ".*bad\.sth" cannot be used: it holds no password in the form that is read here; write the passphrase into a text file$/,
  ],
  [
    'an empty name',
    ['--cert=', '--key', 'key.pem'],
    2,
    /^--cert is empty; write the path of a file$/,
  ],
] as const

t.test('what TLS cannot be had with is one line that says what to write', async t => {
  const locked = issue('locked.example', null).key.export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
  })
  const files = filesOf(t, {
    ...usual,
    'other.pem': clientKey,
    'damaged.pem': serverCertificate.replace('MIIB', 'XXXX'),
    'locked.pem': locked,
    pass: 'not the one',
    'edge.p12': aesStore,
    'bad.sth': 'plain text',
  })
  await files.write()
  const isFile = /^(?:\w+\.(?:pem|p12|sth)|pass|\.)$/
  for (const [title, args, status, message] of wrong) {
    const full = args.map(arg => (isFile.test(arg) ? files.path(arg) : arg))
    const result = await captured(['serve', figure, '--tls-port', '0', ...full])
    t.match(result, { status, out: '' }, title)
    t.match(result.err.replace(/^plugin-cfg serve: (.*)\n$/, '$1'), message, title)
  }
})

t.test('a certificate without a TLS port is a mistake', async t => {
  t.match(await captured(['serve', figure, '--key', 'x']), {
    status: 2,
    err: 'plugin-cfg serve: --key is for TLS ports, which --tls-port PORT opens; write both\n',
  })
})

t.test('a TLS port in use is one clear line that names its option', async t => {
  const { port, files } = await served(t, 1)
  await cp(files.path('cert.pem'), files.path('copy.pem'))
  t.match(
    await captured([
      ...['serve', figure, '--tls-port', String(port), '--cert', files.path('copy.pem')],
      ...['--key', files.path('key.pem')],
    ]),
    {
      status: 1,
      out: '',
      err: `plugin-cfg serve: port ${port} of 127.0.0.1 is in use; choose another with --tls-port\n`,
    },
  )
})
