import http from 'node:http'
import net from 'node:net'
import t, { type Test } from 'tap'
import { AttachError, attach } from '../../src/admin/client.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { edgeOn, listen, origin, refusingPort } from '../support/loopback.ts'
import { adminOf, token } from './support.ts'

t.test('an attached edge tells its state, explains, and says what there is', async t => {
  const { port: server } = await origin(t)
  const { edge, url } = await edgeOn(t, edgeConfig([{ port: server }, {}]))
  const admin = await adminOf(t, edge)
  const attached = await attach(admin.url)
  t.match(attached.info, { endpoint: 'plugin-cfg-router', protocol: 1, edge: { exchanges: 0 } })
  await (await fetch(`${url}/`)).text()
  t.match(await attached.snapshot(), { exchanges: 1, clusters: [{ name: 'Cluster' }] })
  const { explanation, snapshot } = await attached.explain({
    url: 'http://any/',
    fail: [{ name: 'm1', how: 'refused' }],
    cookie: 'JSESSIONID=0000abc:c1',
  })
  t.equal(snapshot.exchanges, 1)
  t.match(explanation, { outcome: { kind: 'served', server: 'm2' }, failedBefore: ['m1'] })
  t.same(await attached.recordings(), [])
  t.equal(edge.snapshot().exchanges, 1, 'nothing was sent')
})

t.test('a path in the address stays in front, for an endpoint behind a proxy', async t => {
  const paths: string[] = []
  const port = await listen(
    t,
    http.createServer((request, response) => {
      paths.push(request.url ?? '')
      response.end(JSON.stringify({ endpoint: 'plugin-cfg-router', protocol: 1, clusters: [] }))
    }),
  )
  const attached = await attach(`http://127.0.0.1:${port}/edges/one`)
  await attached.snapshot()
  t.same(paths, ['/edges/one/', '/edges/one/snapshot'])
})

/** The error of an attempt to attach. */
const refused = async (address: string, given?: string): Promise<AttachError> => {
  try {
    await attach(address, given)
  } catch (error) {
    if (error instanceof AttachError) return error
    throw error
  }
  throw new Error(`${address} was attached to`)
}

t.test('nothing listens there', async t => {
  const address = `http://127.0.0.1:${await refusingPort()}`
  t.match(await refused(address), {
    code: 'UNREACHABLE',
    message: `nothing listens at ${address}; is the edge running, with its admin endpoint on that port (serve --console-port)?`,
  })
  t.match(await refused('http://no-such-host.invalid:9090'), {
    code: 'UNREACHABLE',
    message:
      'no-such-host.invalid has no address; write a name or an address that can be looked up',
  })
})

t.test('the connection breaks off', async t => {
  const port = await listen(
    t,
    net.createServer(socket => socket.destroy()),
  )
  t.match(await refused(`http://127.0.0.1:${port}`), {
    code: 'UNREACHABLE',
    message: /^cannot ask http:\/\/127\.0\.0\.1:\d+: \w+; is the edge running/,
  })
})

/** Something that answers like this to everything. */
const something = async (t: Test, body: string, status = 200): Promise<string> => {
  const server = http.createServer((_, response) => response.writeHead(status).end(body))
  return `http://127.0.0.1:${await listen(t, server)}`
}

t.test('what answers there is no admin endpoint', async t => {
  const answers = [
    ['<h1>Hello</h1>', 200],
    ['{"status": "ok"}', 200],
    ['[]', 200],
    ['', 204],
    ['{"error": "Not Found"}', 404],
    ['{"error": "who are you"}', 401],
  ] as const
  for (const [body, status] of answers) {
    const address = await something(t, body, status)
    t.match(await refused(address), {
      code: 'NOT_ADMIN',
      message: `${address}/ answers with status ${status}, but not as an admin endpoint does; write the address that serve prints for --console-port, not the one for requests`,
    })
  }
  const { url } = await edgeOn(t, edgeConfig([{}]))
  t.match(await refused(url), { code: 'NOT_ADMIN' }, 'the port for requests')
})

t.test('the endpoint speaks another version', async t => {
  const address = await something(t, '{"endpoint": "plugin-cfg-router", "protocol": 2}')
  t.match(await refused(address), {
    code: 'VERSION',
    message: `${address}/ speaks version 2 of the admin protocol and this program version 1; use the plugin-cfg that belongs to the edge`,
  })
})

t.test('a token is wanted, or another one', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { url } = await adminOf(t, edge, { token, readsNeedToken: true })
  t.match(await refused(url), {
    code: 'TOKEN',
    message: `${url}/ refuses: this needs the token that the endpoint was started with`,
  })
  t.match(await refused(url, 'another-token'), {
    code: 'TOKEN',
    message: `${url}/ refuses: that is not the token that the endpoint was started with`,
  })
  t.match(await refused(url, 'two\r\nlines'), { code: 'TOKEN', message: /no header can carry/ })
  t.match(await (await attach(url, token)).snapshot(), { exchanges: 0 })
})

t.test('a wrong question, and something that is not there', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { url } = await adminOf(t, edge)
  const attached = await attach(url)
  await t.rejects(attached.explain({ url: 'http://any/', busy: ['m7'] }), {
    name: 'AttachError',
    code: 'QUESTION',
    message: /^no server is named "m7"/,
  })
  await t.rejects(attached.recording(12), {
    code: 'REFUSED',
    message: `${url}/ refuses: exchange "12" is not recorded, or not any more; /recordings lists those that are`,
  })
})

const addresses = [
  [
    '127.0.0.1:9090',
    '"127.0.0.1:9090" is not the address of an admin endpoint; write http://HOST:PORT',
  ],
  ['', '"" is not the address of an admin endpoint; write http://HOST:PORT'],
  ['ftp://127.0.0.1/', '"ftp://127.0.0.1/" is not the address of an admin endpoint'],
  [
    'http://me:secret@127.0.0.1:9090/',
    'the address of an admin endpoint has no user name and no password; write http://127.0.0.1:9090 and give the token by itself',
  ],
] as const

for (const [address, message] of addresses) {
  t.test(`the address ${JSON.stringify(address)} is refused`, async t => {
    const error = await refused(address)
    t.equal(error.code, 'ADDRESS')
    t.ok(error.message.startsWith(message), error.message)
  })
}
