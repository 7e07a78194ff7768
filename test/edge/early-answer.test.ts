import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, onHead, origin, rawAsk, rawOrigin } from '../support/loopback.ts'

// Servers that answer before they have read what is sent to them.

t.test('a server that answers before the upload is over is heard', async t => {
  const server = await rawOrigin(t, socket => {
    socket.once('data', () =>
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'),
    )
  })
  const { port } = await edgeOn(
    t,
    edgeConfig([{ port: server }], { cluster: { postBufferSizeBytes: 0 } }),
  )
  const text = await rawAsk(
    port,
    'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nbeginning',
    answer => answer.endsWith('no'),
  )
  t.match(text, /^HTTP\/1.1 403 Forbidden/)
})

for (const chunked of [false, true]) {
  for (const waitForContinue of [false, true]) {
    const title = `${chunked ? 'in chunks' : 'with a length'}${waitForContinue ? ', WaitForContinue' : ''}`
    t.test(`a server that refuses an upload and hangs up is heard: ${title}`, async t => {
      const server = await rawOrigin(t, socket =>
        onHead(socket, () => {
          if (waitForContinue) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
          socket.write('HTTP/1.1 413 No\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo much')
          // What is not read of the upload resets the connection, while the upload goes on.
          socket.destroySoon()
        }),
      )
      const other = await origin(t)
      const test = await edgeOn(
        t,
        edgeConfig([{ port: server, waitForContinue }, { port: other.port }], {
          cluster: { postBufferSizeBytes: 0 },
        }),
      )
      const body = Buffer.alloc(3_000_000, 'x')
      t.match(await ask(test.port, '/', { method: 'POST', body, chunked }), {
        status: 413,
        body: 'too much',
      })
      t.match(test.records, [{ attempts: 1, status: 413 }])
      t.match(test.edge.snapshot().clusters[0]?.servers, [{ health: 'up', pending: 0 }, {}])
      t.equal(other.seen.length, 0)
    })
  }
}

t.test('F7 a server that hangs up on an upload without a word is marked down', async t => {
  const server = await rawOrigin(t, socket => onHead(socket, () => socket.destroy()))
  const other = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: server }, { port: other.port }], { cluster: { postBufferSizeBytes: 0 } }),
  )
  const body = Buffer.alloc(3_000_000, 'x')
  t.equal((await ask(test.port, '/', { method: 'POST', body })).status, 500)
  t.match(test.edge.snapshot().clusters[0]?.servers, [{ health: 'down', pending: 0 }, {}])
})
