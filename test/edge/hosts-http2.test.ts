import { once } from 'node:events'
import http2 from 'node:http2'
import t, { type Test } from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { frameworkHosts } from '../support/framework-hosts.ts'
import { edgeOn, eventually, onHead, origin, rawOrigin } from '../support/loopback.ts'

// What takes time: every framework has ideas of its own about when a request over HTTP/2 is over.

const unbuffered = { cluster: { postBufferSizeBytes: 0 } }

for (const [host, open] of Object.entries(frameworkHosts)) {
  const hostOn = async (t: Test, serverPort: number) => {
    const test = await edgeOn(t, edgeConfig([{ port: serverPort }], unbuffered))
    const port = await open(t, test.edge, 'h2c')
    const client = http2.connect(`http://127.0.0.1:${port}`)
    t.teardown(() => client.destroy())
    const pending = () => test.edge.snapshot().clusters[0]?.servers[0]?.pending
    return { ...test, client, pending }
  }

  t.test(`HTTP/2: ${host} lets an upload take its time`, async t => {
    const server = await origin(t)
    const { client } = await hostOn(t, server.port)
    const stream = client.request({ ':method': 'POST', ':path': '/p' })
    const answer = answerOf(stream)
    for (let piece = 0; piece < 5; piece++) {
      await new Promise(resolve => setTimeout(resolve, 10))
      stream.write(String(piece))
    }
    stream.end()
    t.match(await answer, { status: 200, body: 'ok' })
    t.equal(server.seen[0]?.body, '01234')
  })

  t.test(`HTTP/2: ${host} passes on an answer that comes before the upload is over`, async t => {
    const server = await rawOrigin(t, socket =>
      onHead(socket, () =>
        socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'),
      ),
    )
    const { client, records, pending } = await hostOn(t, server)
    const stream = client.request({ ':method': 'POST', ':path': '/p' })
    stream.write('beginning')
    t.match(await answerOf(stream), { status: 403, body: 'no' })
    stream.close()
    await eventually(() => records.length === 1)
    t.match(records, [{ status: 403, attempts: 1 }])
    t.equal(pending(), 0)
  })

  t.test(`HTTP/2: ${host}: a client that leaves its upload frees the server`, async t => {
    let closed = false
    const server = await rawOrigin(t, socket => {
      socket.on('data', () => {})
      socket.on('close', () => {
        closed = true
      })
    })
    const { client, records, pending } = await hostOn(t, server)
    const stream = client.request({ ':method': 'POST', ':path': '/p' })
    stream.on('error', () => {})
    stream.write('beginning')
    await eventually(() => pending() === 1)
    stream.close(http2.constants.NGHTTP2_CANCEL)
    await eventually(() => closed)
    t.match(records, [{ result: 'client-aborted' }])
    t.equal(pending(), 0)
  })

  t.test(`HTTP/2: ${host}: a client that reads slowly gets all of a large answer`, async t => {
    const size = 3_000_000
    const server = await origin(t, (_, response) => response.end('x'.repeat(size)))
    const { client, records } = await hostOn(t, server.port)
    const stream = client.request({ ':path': '/large' })
    await once(stream, 'response')
    let bytes = 0
    for await (const chunk of stream) {
      bytes += chunk.length
      await new Promise(resolve => setImmediate(resolve))
    }
    t.equal(bytes, size)
    await eventually(() => records.length === 1)
    t.match(records, [{ result: 'served' }])
  })

  t.test(`HTTP/2: ${host}: several requests at a time on one connection`, async t => {
    const server = await origin(t, (request, response) => response.end(request.url))
    const { client } = await hostOn(t, server.port)
    const answers = Array.from({ length: 50 }, (_, i) => {
      const stream = client.request({ ':method': 'POST', ':path': `/${i}` })
      stream.end(String(i))
      return answerOf(stream)
    })
    for (const [i, answer] of (await Promise.all(answers)).entries()) {
      t.match(answer, { status: 200, body: `/${i}` })
    }
  })
}

const answerOf = async (
  stream: http2.ClientHttp2Stream,
): Promise<{ readonly status: unknown; readonly body: string }> => {
  let body = ''
  stream.setEncoding('latin1').on('data', chunk => {
    body += chunk
  })
  // An error ends the stream too, and is thrown here; whoever ends it without one has not answered.
  const ended = once(stream, 'end')
  ended.catch(() => {})
  const [head] = await once(stream, 'response')
  await ended
  return { status: head[':status'], body }
}
