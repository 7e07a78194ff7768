import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import http2 from 'node:http2'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import { issue } from '../support/certificate-maker.ts'
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate,
  serverKey,
} from '../support/certificates.ts'
import { aesStore } from '../support/keystores.ts'
import { eventually } from '../support/loopback.ts'
import { captured } from './capture.ts'
import { builtProgram } from './serve-built.ts'
import { configFor, origin, serving } from './serving.ts'

const figure = resolve(import.meta.dirname, '../../plugin-cfg/figure-5-12.xml')

/** Application server that answers with the certificate it was told of. */
const tellCertificate: RequestListener = (request, response) => {
  response.end(String(request.headers.$wscc ?? 'nobody'))
}

const rawOf = (pem: string): string => new X509Certificate(pem).raw.toString('base64')

const known = { cert: clientCertificate, key: clientKey }
const knownRaw = rawOf(clientCertificate)

/** Writes files of a test. @returns the path of each by its name. */
const written = (t: Test, files: Record<string, string | Buffer>) => {
  const dir = t.testdir(files)
  return (name: string) => join(dir, name)
}

const usual = { 'cert.pem': serverCertificate, 'key.pem': serverKey, 'ca.pem': authority }

/** The arguments and the configuration of a serve with a TLS port that asks for certificates. */
const setUp = async (t: Test, ca = authority) => {
  const path = written(t, { ...usual, 'ca.pem': ca })
  const server = await origin(t, tellCertificate)
  const args = ['-', '--tls-port', '0', '--cert', path('cert.pem'), '--key', path('key.pem')]
  // Y3: what comes by https may go out without TLS.
  const stdin = configFor(server).replace('<Config ', '<Config UseInsecure="true" ')
  return { path, stdin, args: [...args, '--client-ca', path('ca.pem')] }
}

const served = async (
  t: Test,
  { ca, more = [] }: { ca?: string; more?: readonly string[] } = {},
) => {
  const { path, args, stdin } = await setUp(t, ca)
  const run = await serving(t, [...args, ...more], stdin)
  return { ...run, path, port: Number(new URL(run.urls.at(-1) ?? '').port) }
}

const toServer = { host: '127.0.0.1', servername: 'localhost', ca: authority } as const

/** HTTP/1.1 over a connection of its own. @returns the body, whether the session was an old one, and its newest. */
const http1 = async (port: number, options: tls.ConnectionOptions) => {
  const socket = tls.connect({ port, ...toServer, ALPNProtocols: ['http/1.1'], ...options })
  let session: Buffer | undefined
  let reused = false
  socket.on('secureConnect', () => {
    reused = socket.isSessionReused()
  })
  socket.on('session', newest => {
    session = newest
  })
  socket.write('GET /app/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  const answer = await text(socket)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const length = /^content-length: (\d+)$/im.exec(head)?.[1]
  if (String(body.length) !== length) throw cutOff()
  return { body, reused, session }
}

const overHttp2 = async (port: number, options: tls.ConnectionOptions) => {
  const client = http2.connect(`https://localhost:${port}`, { ...toServer, ...options })
  const lost = new Promise<never>((_, reject) => {
    client.on('error', reject)
    client.on('close', () => reject(cutOff()))
  })
  try {
    const body = await Promise.race([text(client.request({ ':path': '/app/' })), lost])
    if (body === '') throw cutOff()
    return { body }
  } finally {
    client.destroy()
  }
}

/** The server has closed the connection, and has not answered. */
const cutOff = (): Error => Object.assign(new Error('no answer'), { code: 'ECUTOFF' })

const protocols = [
  ['HTTP/1.1', http1],
  ['HTTP/2', overHttp2],
] as const

/** Certificates that say nothing about the client. */
const strangers = () => {
  const own = issue('the client', null)
  const other = issue('the client', issue('another ca', null))
  return [
    ['no certificate', {}],
    ['one that signed itself', { cert: own.pem, key: own.keyPem }],
    ['one of another CA', { cert: other.pem, key: other.keyPem }],
  ] as const
}

/** Its issuer is called as ours is, and has another key: a false signature. */
const forged = () => {
  const { pem, keyPem } = issue('the client', issue('test ca', null))
  return { cert: pem, key: keyPem }
}

for (const [name, ask] of protocols) {
  t.test(
    `${name}: a certificate that --client-ca has signed arrives as $WSCC, no other does`,
    async t => {
      const { port, output, stop, status } = await served(t)
      t.equal((await ask(port, known)).body, knownRaw)
      for (const [title, options] of strangers()) {
        t.equal((await ask(port, options)).body, 'nobody', title)
      }
      await t.rejects(ask(port, forged()), { code: /^E/ }, 'a false signature ends the connection')
      t.equal((await ask(port, known)).body, knownRaw)
      stop()
      t.equal(await status, 0)
      t.equal(output.err, '')
    },
  )

  t.test(`${name}: with --client-cert-required only clients with one are served`, async t => {
    const { port, stop, status } = await served(t, { more: ['--client-cert-required'] })
    for (const [title, options] of [...strangers(), ['forged', forged()] as const]) {
      await t.rejects(ask(port, options), { code: /^E/ }, title)
    }
    t.equal((await ask(port, known)).body, knownRaw, 'they harm nobody')
    stop()
    t.equal(await status, 0)
  })
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  t.test(`${version}: a session that goes on is that of the same client`, async t => {
    const { port, stop, status } = await served(t)
    const [, stranger] = strangers()
    for (const [options, body] of [
      [known, knownRaw],
      [{}, 'nobody'],
      [stranger[1], 'nobody'],
    ] as const) {
      const only = { minVersion: version, maxVersion: version } as const
      const first = await http1(port, { ...options, ...only })
      t.equal(first.body, body)
      t.ok(first.session)
      // What it has shown then counts, not what it would show now.
      const again = await http1(port, { ...only, session: first.session })
      t.match(again, { reused: true, body })
    }
    stop()
    await status
  })
}

t.test('several CA certificates in one file, with text and a key between them', async t => {
  const root = issue('root.example', null)
  const middle = issue('middle.example', root, { authority: true })
  const client = issue('somebody', middle)
  const ca = `# ours\n${authority}${clientKey}# theirs\n${middle.pem}\n${root.pem}`
  const { port, stop, status } = await served(t, { ca })
  t.equal((await http1(port, known)).body, knownRaw)
  const options = { cert: client.pem, key: client.keyPem }
  t.equal((await http1(port, options)).body, rawOf(client.pem), 'by the one in the middle')
  stop()
  await status
})

t.test('without --client-ca nobody is asked, and nobody is known', async t => {
  const { args, stdin } = await setUp(t)
  const { url, output, stop, status } = await serving(t, args.slice(0, -2), stdin)
  t.equal((await http1(Number(new URL(url).port), known)).body, 'nobody')
  t.notMatch(output.out, 'certificate')
  stop()
  await status
})

t.test('the greeting says what clients are asked for, and where they are not', async t => {
  const asked = await served(t)
  const signed = `a certificate that one in "${asked.path('ca.pem')}" has signed`
  t.match(asked.output.out, `\nnote: clients of https are asked for ${signed}\n`)
  t.notMatch(asked.output.out, 'has no TLS')
  asked.stop()
  await asked.status
  const needed = await served(t, { more: ['--port', '0', '--client-cert-required'] })
  const { port } = new URL(needed.url)
  t.match(
    needed.output.out,
    `\nnote: clients of https have to show a certificate that one in "${needed.path('ca.pem')}" has signed\nnote: no certificate is needed on port ${port}, which has no TLS\n`,
  )
  t.equal(await (await fetch(`${needed.url}/app/`)).text(), 'nobody')
  needed.stop()
  await needed.status
})

t.test('the help names both options', async t => {
  const { status, out } = await captured(['serve', '--help'])
  t.equal(status, 0)
  t.match(out, /^ +--client-ca FILE +CA certificates, as PEM: /m)
  t.match(out, /^ +--client-cert-required +refuse TLS connections of clients without /m)
})

t.test(
  'SIGHUP believes other CA certificates of new connections; half a change is none',
  { skip: process.platform === 'win32' && 'there is no SIGHUP' },
  async t => {
    const { port, path, output, stop, status } = await served(t)
    const client = http2.connect(`https://localhost:${port}`, { ...toServer, ...known })
    t.teardown(() => client.destroy())
    const open = () => text(client.request({ ':path': '/app/' }))
    t.equal(await open(), knownRaw)
    const { session } = await http1(port, known)

    await writeFile(path('ca.pem'), 'nothing of use')
    process.emit('SIGHUP')
    await eventually(() => output.err.includes('warning'))
    t.match(
      output.err,
      /^warning: the certificates in force stay: --client-ca ".*ca\.pem" cannot be used: there is no certificate in it; write a PEM file with -----BEGIN CERTIFICATE----- in it\n$/,
    )
    t.equal((await http1(port, known)).body, knownRaw)

    const root = issue('root.example', null)
    const another = issue('another', root)
    await writeFile(path('ca.pem'), root.pem)
    process.emit('SIGHUP')
    const line = `CA certificates of clients in "${path('ca.pem')}": read again\n`
    await eventually(() => output.out.includes(line))
    t.match(output.out, `certificate in "${path('cert.pem')}": read again\n`)
    const options = { cert: another.pem, key: another.keyPem }
    t.equal((await http1(port, options)).body, rawOf(another.pem))
    t.equal((await http1(port, known)).body, 'nobody')
    t.match(
      await http1(port, { ...known, session }),
      { reused: false, body: 'nobody' },
      'an old session does not go past it',
    )
    t.equal(await open(), knownRaw, 'an open connection keeps what it has shown')
    client.close()
    stop()
    t.equal(await status, 0)
  },
)

const main = await builtProgram(t)

t.test('every worker asks for certificates', async t => {
  const { args, stdin, path } = await setUp(t)
  const more = ['--workers', '2', '--client-cert-required']
  const child = spawn(process.execPath, [main, 'serve', ...args, ...more])
  t.teardown(() => child.kill('SIGKILL'))
  const output = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    output.out += chunk
  })
  child.stderr.on('data', chunk => {
    output.err += chunk
  })
  const ended = once(child, 'close')
  child.stdin.end(stdin)
  await eventually(() => output.out.includes('has signed\n') || child.exitCode !== null)
  t.match(output.out, `have to show a certificate that one in "${path('ca.pem')}" has signed\n`)
  const [, port] = /^serving \S+ on https:\S+:(\d+)\//m.exec(output.out) ?? []
  for (let i = 0; i < 4; i++) {
    t.equal((await http1(Number(port), known)).body, knownRaw)
    await t.rejects(http1(Number(port), {}))
  }
  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
  t.equal(output.err, '')
})

t.test('a CA certificate that has run out is pointed out', async t => {
  const old = issue('old ca', null, { notAfter: '20200101000000Z' })
  const { output, stop, status } = await served(t, { ca: authority + old.pem })
  t.match(
    output.err,
    /^warning: the certificate of "CN=old ca" in ".*ca\.pem" ran out on Jan .* 2020 GMT; renew it\n$/,
  )
  stop()
  await status
})

/** What is written for clients and cannot be used, and the one line that says so. */
const wrong = [
  [
    'required, but whose',
    ['--client-cert-required'],
    2,
    /^--client-cert-required needs to know who may sign certificates of clients; write --client-ca FILE too$/,
  ],
  ['an empty name', ['--client-ca='], 2, /^--client-ca is empty; write the path of a file$/],
  [
    'a file that is not there',
    ['--client-ca', 'none.pem'],
    1,
    /^cannot read ".*none\.pem": there is no such file; write a file that this user may read with --client-ca$/,
  ],
  [
    'a key alone',
    ['--client-ca', 'key.pem'],
    1,
    /^--client-ca ".*key\.pem" cannot be used: there is no certificate in it, only PRIVATE KEY; write a PEM file with -----BEGIN CERTIFICATE----- in it$/,
  ],
  [
    'PKCS#12',
    ['--client-ca', 'edge.p12'],
    1,
    /^--client-ca ".*edge\.p12" cannot be used: there is no certificate in it; it is PKCS#12; write its certificates as PEM$/,
  ],
  [
    'a damaged certificate',
    ['--client-ca', 'damaged.pem'],
    1,
    /^--client-ca ".*damaged\.pem" cannot be used: it is damaged: a certificate in it cannot be read; write a whole file$/,
  ],
  [
    'the certificate of a client',
    ['--client-ca', 'client.pem'],
    1,
    /^--client-ca ".*client\.pem" cannot be used: the certificate of "CN=the client" in it is not a CA certificate; write the certificate of its issuer in its place$/,
  ],
  [
    'a CA without the one above it',
    ['--client-ca', 'middle.pem'],
    1,
    /^--client-ca ".*middle\.pem" cannot be used: the certificate of "CN=middle" in it was issued by "CN=root", whose certificate is not in it; write that one into the file too, and so on up to one that signed itself$/,
  ],
] as const

t.test('what clients cannot be checked with is one line that says what to write', async t => {
  const path = written(t, {
    ...usual,
    'client.pem': clientCertificate,
    'damaged.pem': authority.replace('MIIB', 'XXXX'),
    'middle.pem': issue('middle', issue('root', null), { authority: true }).pem,
    'edge.p12': Buffer.from(aesStore),
  })
  const identity = ['--cert', path('cert.pem'), '--key', path('key.pem')]
  for (const [title, args, status, message] of wrong) {
    const full = args.map(arg => (/^\w+\.(?:pem|p12)$/.test(arg) ? path(arg) : arg))
    const result = await captured(['serve', figure, '--tls-port', '0', ...identity, ...full])
    t.match(result, { status, out: '' }, title)
    t.match(result.err.replace(/^plugin-cfg serve: (.*)\n$/, '$1'), message, title)
  }
})

t.test('both options without a TLS port are a mistake', async t => {
  for (const [args, option] of [
    [['--client-ca', 'x'], '--client-ca'],
    [['--client-cert-required'], '--client-cert-required'],
  ] as const) {
    t.match(await captured(['serve', figure, ...args]), {
      status: 2,
      err: `plugin-cfg serve: ${option} is for TLS ports, which --tls-port PORT opens; write both\n`,
    })
  }
})
