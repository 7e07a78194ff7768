import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import t from 'tap'
import { serverCertificate, serverKey } from '../support/certificates.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { edgeOn, listen, origin } from '../support/loopback.ts'

/** TLS ends at the edge. */
const anyScheme = (port: number) => edgeConfig([{ port }], { settings: { useInsecure: true } })

/** Requests for so many bytes each, one behind the other on one connection; the last closes it. */
const linesOf = (sizes: readonly number[]): string =>
  sizes
    .map((size, i) => {
      const last = i === sizes.length - 1
      return `GET /${size} HTTP/1.1\r\nHost: h\r\n${last ? 'Connection: close\r\n' : ''}\r\n`
    })
    .join('')

/** The bodies of the answers of a connection, which all tell their length. */
const bodiesOf = (text: string): string[] => {
  const bodies: string[] = []
  for (let at = 0; at < text.length; ) {
    const start = text.indexOf('\r\n\r\n', at) + 4
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(at, start))?.[1])
    bodies.push(text.slice(start, start + length))
    at = start + length
  }
  return bodies
}

// Node says `drain` of the answer in front as soon as something is written to one behind it, in the middle of that. Over
// TLS no write is over at once, so that it nearly always finds the answer in front waiting for its drain.
for (const secure of [false, true]) {
  for (const sizes of [
    [300_000, 100],
    [300_000, 300_000],
    [70_000, 70_000, 70_000],
    [2_000_000, 0, 5, 500_000, 60_000],
  ]) {
    t.test(
      `${sizes.join(', ')} bytes asked for at once all come, in order, ${secure ? 'TLS' : 'plain'}`,
      async t => {
        const server = await origin(t, ({ url }, response) => {
          const size = Number(url?.slice(1))
          response.setHeader('Content-Length', size)
          response.end(String(size % 7).repeat(size))
        })
        const { edge, port: plain, trace } = await edgeOn(t, anyScheme(server.port))
        const host = https.createServer({ key: serverKey, cert: serverCertificate }, edge.handler)
        const port = await listen(t, host)
        for (let turn = 0; turn < 5; turn++) {
          const client = secure
            ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
            : net.connect(plain, '127.0.0.1')
          t.teardown(() => client.destroy())
          client.write(linesOf(sizes))
          const chunks: Buffer[] = []
          for await (const chunk of client) chunks.push(chunk as Buffer)
          const bodies = bodiesOf(Buffer.concat(chunks).toString('latin1'))
          t.same(
            bodies.map(body => body.length),
            sizes,
          )
          for (const [i, size] of sizes.entries()) {
            t.equal(bodies[i]?.replaceAll(String(size % 7), ''), '', 'nothing of another answer')
          }
        }
        t.same(
          trace.filter(({ kind }) => kind === 'fail'),
          [],
        )
      },
    )
  }
}
