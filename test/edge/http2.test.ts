import http2 from 'node:http2'
import t, { type Test } from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import {
  edgeOn,
  eventually,
  listen,
  onHead,
  origin,
  rawOrigin,
  type TestEdge,
} from '../support/loopback.ts'

// The compatibility API of node:http2, for hosts that use it; the way to the servers stays HTTP/1.1.

interface Answer {
  readonly statuses: readonly unknown[]
  readonly body: string
  readonly trailers: http2.IncomingHttpHeaders
}

const clientOf = async (t: Test, { edge }: TestEdge) => {
  const port = await listen(t, http2.createServer(edge.handler as never))
  const client = http2.connect(`http://127.0.0.1:${port}`)
  t.teardown(() => client.destroy())
  return client
}

const ask = (
  client: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const statuses: unknown[] = []
    let text = ''
    let trailers: http2.IncomingHttpHeaders = {}
    const stream = client.request(headers)
    stream.on('headers', head => statuses.push(head[':status']))
    stream.on('response', head => statuses.push(head[':status']))
    stream.on('trailers', fields => {
      trailers = fields
    })
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('end', () => resolve({ statuses, body: text, trailers }))
    stream.on('error', reject)
    stream.end(body)
  })

t.test('HTTP/2: bodies are forwarded, with an announced length and without', async t => {
  const server = await origin(t)
  const client = await clientOf(t, await edgeOn(t, edgeConfig([{ port: server.port }])))
  const post = { ':method': 'POST', ':path': '/p' }
  t.match(await ask(client, post, 'hello'), { statuses: [200], body: 'ok' })
  await ask(client, { ...post, 'content-length': 5 }, 'again')
  await ask(client, post)
  await ask(client, { ':path': '/g' })
  t.match(server.seen, [
    { method: 'POST', body: 'hello' },
    { method: 'POST', body: 'again' },
    { method: 'POST', body: '' },
    { method: 'GET', url: '/g', body: '' },
  ])
})

t.test('HTTP/2: interim answers and trailers', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, () =>
      socket.write(
        'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n' +
          'HTTP/1.1 200 Fine\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
      ),
    ),
  )
  const test = await edgeOn(t, edgeConfig([{ port }]))
  t.match(await ask(await clientOf(t, test), { ':path': '/' }), {
    statuses: [103, 200],
    body: 'ok',
    trailers: { 'x-sum': '1' },
  })
  t.strictSame(test.warnings, [])
})

t.test('HTTP/2: a client that cancels its stream frees the server', async t => {
  const server = await origin(t, () => {})
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = await clientOf(t, test)
  const stream = client.request({ ':path': '/' })
  stream.on('error', () => {})
  await eventually(() => server.seen.length === 1)
  stream.close(http2.constants.NGHTTP2_CANCEL)
  await eventually(() => test.records.length === 1)
  t.match(test.records, [{ result: 'client-aborted' }])
  t.match(test.edge.snapshot().clusters[0]?.servers, [{ pending: 0, health: 'up' }])
})
