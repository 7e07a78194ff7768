import t, { type Test } from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, onHead, origin, rawOrigin, refusingPort } from '../support/loopback.ts'

// How often a request is executed: what the servers have read as a whole is counted there, not at the edge.

interface FirstServer {
  readonly port: number
  /** Bodies that were read to their end. */
  readonly seen: readonly { readonly body: string }[]
}

const failures: Readonly<Record<string, (t: Test) => Promise<FirstServer>>> = {
  'breaks after it has read the request': t =>
    origin(t, request => request.socket.resetAndDestroy()),
  'breaks before it has read the request': async t => ({
    port: await rawOrigin(t, socket => socket.once('data', () => socket.resetAndDestroy())),
    seen: [],
  }),
  'says nothing in time': t => origin(t, () => {}),
  'answers 503': t => origin(t, (_, response) => response.writeHead(503).end()),
  'answers 503 before it has read the request': async t => ({
    port: await rawOrigin(t, socket =>
      onHead(socket, () =>
        socket.end('HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
      ),
    ),
    seen: [],
  }),
  'refuses the connection': async () => ({ port: await refusingPort(), seen: [] }),
}

const bodies = [
  { title: 'a small body', size: 10, chunked: false },
  { title: 'a small body in chunks', size: 10, chunked: true },
  { title: 'a large body', size: 1_000_000, chunked: false },
  { title: 'a large body in chunks', size: 1_000_000, chunked: true },
] as const

/** B2: what fits into PostBufferSize. */
const fits = (postBufferSizeBytes: number | null, size: number): boolean =>
  postBufferSizeBytes === null || size <= postBufferSizeBytes

for (const [failure, first] of Object.entries(failures)) {
  const connected = failure !== 'refuses the connection'
  for (const postBufferSizeBytes of [0, 65_536, null]) {
    for (const { title, size, chunked } of bodies) {
      const again = fits(postBufferSizeBytes, size) || !connected
      const name = `B2 B3 B4 POST, PostBufferSize ${postBufferSizeBytes ?? 'unlimited'}, ${title}, and the first server ${failure}`
      t.test(`${name}: ${again ? 'the next one gets it' : 'it is not sent again'}`, async t => {
        const broken = await first(t)
        const second = await origin(t)
        const test = await edgeOn(
          t,
          edgeConfig([{ port: broken.port, serverIoTimeoutMs: 100 }, { port: second.port }], {
            cluster: { postBufferSizeBytes },
          }),
        )
        const body = 'x'.repeat(size)
        const { status } = await ask(test.port, '/', { method: 'POST', body, chunked })
        t.equal(status, again ? 200 : failure.startsWith('answers 503') ? 503 : 500)
        t.equal(second.seen.length, again ? 1 : 0)
        t.ok(second.seen.every(seen => seen.body === body))
        t.ok(broken.seen.length <= 1)
        t.match(test.edge.snapshot().clusters[0]?.servers, [{ pending: 0 }, { pending: 0 }])
      })
    }
  }
  t.test(`B1 GET and HEAD are sent again when the first server ${failure}`, async t => {
    for (const method of ['GET', 'HEAD']) {
      const broken = await first(t)
      const second = await origin(t)
      const test = await edgeOn(
        t,
        edgeConfig([{ port: broken.port, serverIoTimeoutMs: 100 }, { port: second.port }], {
          cluster: { postBufferSizeBytes: 0 },
        }),
      )
      t.equal((await ask(test.port, '/', { method })).status, 200)
      t.equal(second.seen.length, 1)
      t.ok(broken.seen.length <= 1)
    }
  })
}
