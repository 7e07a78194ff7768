import { once } from 'node:events'
import http, { type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import { serverCertificate, serverKey } from '../support/certificates.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, listen, origin, type TestEdge } from '../support/loopback.ts'

// Memory of answers is used again (src/driver/read-memory.ts). Whoever gets bytes too early or too late gets those of
// somebody else, so every answer here says in all of its bytes whose it is.

/** Body of the answer to `/NAME/BYTES`. */
const bodyFor = (path: string): Buffer => {
  const [, name = '', bytes = '0'] = path.split('/')
  return Buffer.alloc(Number(bytes), `${name}.`)
}

/** An application server that sends it in pieces, with its length where the name ends in `l`. */
const answering = (t: Test) =>
  origin(t, (request, response) => {
    const path = request.url ?? ''
    const body = bodyFor(path)
    const [, name = ''] = path.split('/')
    if (name.endsWith('l')) response.setHeader('Content-Length', body.length)
    const step = name.endsWith('l') ? body.length : 30_000
    for (let at = 0; at < body.length; at += step) response.write(body.subarray(at, at + step))
    response.end()
  })

const edgeBefore = async (t: Test): Promise<TestEdge> => {
  const server = await answering(t)
  return edgeOn(t, edgeConfig([{ port: server.port }], { settings: { useInsecure: true } }))
}

/** Answers for others, so that all memory that can be used again is. */
const others = async (port: number, times = 40): Promise<void> => {
  for (let i = 0; i < times; i++) await ask(port, '/otherl/200000')
}

/** Pieces of memory as large as a read that were allocated meanwhile. */
const allocated = async (work: () => Promise<unknown>): Promise<number> => {
  const { allocUnsafeSlow } = Buffer
  let count = 0
  Buffer.allocUnsafeSlow = size => {
    if (size === 65_536) count++
    return allocUnsafeSlow(size)
  }
  try {
    await work()
  } finally {
    Buffer.allocUnsafeSlow = allocUnsafeSlow
  }
  return count
}

/** All bytes that a connection brings until the edge closes it. */
const whole = async (socket: net.Socket): Promise<Buffer> => {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  socket.resume()
  await once(socket, 'close')
  return Buffer.concat(chunks)
}

t.test('a long answer takes the same memory over and over', async t => {
  const { port } = await edgeBefore(t)
  for (const name of ['long', 'longl']) {
    let body = ''
    const count = await allocated(async () => {
      body = (await ask(port, `/${name}/30000000`)).body
    })
    t.ok(Buffer.from(body, 'latin1').equals(bodyFor(`/${name}/30000000`)))
    t.ok(count < 130, `${count} pieces for 458 times as much`)
  }
})

t.test('many clients, fast, slow and leaving, get their own bytes and no others', async t => {
  const { port } = await edgeBefore(t)
  let seed = 7
  const chance = (of: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % of
  }
  let right = 0
  let left = 0
  const agent = new http.Agent({ keepAlive: true, maxSockets: 30 })
  t.teardown(() => agent.destroy())
  const client = async (name: number): Promise<void> => {
    for (let i = 0; i < 25; i++) {
      const bytes = chance(3) === 0 ? chance(8000) : chance(600_000)
      const path = `/${name}x${i}${chance(2) === 0 ? 'l' : 'c'}/${bytes}`
      const slow = chance(5) === 0
      const leaves = chance(8) === 0 ? chance(bytes + 1) : Number.POSITIVE_INFINITY
      const request = http.get({ host: '127.0.0.1', port, path, agent })
      request.on('error', () => {})
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      const chunks: Buffer[] = []
      let got = 0
      for await (const chunk of response) {
        chunks.push(chunk)
        got += chunk.length
        if (got >= leaves) break
        if (slow) for (let turns = chance(30); turns > 0; turns--) await turn()
      }
      const expected = bodyFor(path).subarray(0, got >= leaves ? got : undefined)
      if (!Buffer.concat(chunks).equals(expected)) t.fail(`${path} differs`)
      else if (got >= leaves) left++
      else right++
    }
  }
  await Promise.all(Array.from({ length: 30 }, (_, name) => client(name)))
  t.equal(right + left, 750)
  t.ok(left > 20 && right > 500, `${right} whole, ${left} left`)
})

t.test('a client that takes nothing finds its own bytes when it comes back', async t => {
  const { port, edge } = await edgeBefore(t)
  const secure = https.createServer({ key: serverKey, cert: serverCertificate }, edge.handler)
  const securePort = await listen(t, secure)
  const bytes = 6_000_000
  const clients = ['one', 'twol', 'three', 'fourl'].flatMap(name => {
    const path = `/${name}/${bytes}`
    const sockets = [
      net.connect(port, '127.0.0.1'),
      tls.connect({ port: securePort, host: '127.0.0.1', rejectUnauthorized: false }),
    ]
    return sockets.map(socket => {
      socket.pause()
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      return { path, socket }
    })
  })
  await others(port)
  for (const { path, socket } of clients) {
    const body = dechunked(await whole(socket))
    t.ok(body.equals(bodyFor(path)), path)
  }
})

t.test('an answer that waits behind another of its connection stays as it is', async t => {
  let release = (): void => {}
  const server = await origin(t, (request, response) => {
    if (request.url === '/first') release = () => response.end('first')
    else response.end(bodyFor(request.url ?? ''))
  })
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const socket = net.connect(port, '127.0.0.1')
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n`
  socket.write(
    `${get('/first')}\r\n${get('/waiting/60000')}\r\n${get('/last/150000')}Connection: close\r\n\r\n`,
  )
  await eventually(() => server.seen.length === 3)
  await others(port)
  release()
  const text = (await whole(socket)).toString('latin1')
  t.ok(text.includes(bodyFor('/waiting/60000').toString('latin1')))
  t.ok(text.endsWith(bodyFor('/last/150000').toString('latin1')))
})

/** An edge behind something that sees what passes. */
const behind = async (
  t: Test,
  meddle: (response: ServerResponse) => void,
): Promise<{ readonly port: number; readonly plain: number }> => {
  const { edge, port } = await edgeBefore(t)
  const server = http.createServer((request, response) => {
    meddle(response)
    edge.handler(request, response)
  })
  return { port: await listen(t, server), plain: port }
}

t.test('what a middleware keeps of an answer stays as it was', async t => {
  const kept: Buffer[] = []
  const keep = (chunk: unknown): void => {
    if (Buffer.isBuffer(chunk)) kept.push(chunk)
  }
  const keepWhatComesTo = (object: object, name: 'write' | 'end'): void => {
    if (Object.hasOwn(object, name)) return
    const functions = object as Record<string, (...args: unknown[]) => unknown>
    const own = functions[name]?.bind(object)
    functions[name] = (...args) => {
      keep(args[0])
      return own?.(...args)
    }
  }
  const ways: Record<string, (response: ServerResponse) => void> = {
    'response.write': response => keepWhatComesTo(response, 'write'),
    'response.end': response => keepWhatComesTo(response, 'end'),
    'socket.write': ({ socket }) => {
      if (socket !== null) keepWhatComesTo(socket, 'write')
    },
    'socket._writev': ({ socket }) => {
      if (socket === null || Object.hasOwn(socket, '_writev')) return
      const writev = socket._writev?.bind(socket)
      socket._writev = (chunks, done) => {
        for (const { chunk } of chunks) keep(chunk)
        writev?.(chunks, done)
      }
    },
  }
  for (const [way, meddle] of Object.entries(ways)) {
    let seen = 0
    for (const path of ['/kept/50000', '/keptl/50000', '/kept/700000', '/keptl/700000']) {
      kept.length = 0
      const { port, plain } = await behind(t, meddle)
      await others(plain, 3)
      t.ok(Buffer.from((await ask(port, path)).body, 'latin1').equals(bodyFor(path)))
      const before = Buffer.concat(kept)
      await others(plain)
      t.ok(Buffer.concat(kept).equals(before), `${way} ${path}`)
      seen += kept.length
    }
    t.ok(seen > 0, way)
  }
})

t.test('a response that its host holds back gets its own bytes', async t => {
  const held: ServerResponse[] = []
  const { port, plain } = await behind(t, response => {
    response.cork()
    held.push(response)
  })
  // With their length: Node 22 and 24 send the last chunk first where a corked response is ended.
  const answers = ['/heldl/60000', '/heldl/300000'].map(path => ({
    path,
    answer: ask(port, path),
  }))
  await eventually(() => held.length === 2 && held.every(({ headersSent }) => headersSent))
  await others(plain)
  for (const response of held) response.uncork()
  for (const { path, answer } of answers) {
    t.ok(Buffer.from((await answer).body, 'latin1').equals(bodyFor(path)), path)
  }
})

t.test('HTTP/2 clients, which Node makes wait by itself, get their own bytes', async t => {
  const { edge, port: plain } = await edgeBefore(t)
  const server = http2.createServer((request, response) => edge.handler(request, response))
  const port = await listen(t, server as unknown as net.Server)
  const client = http2.connect(`http://127.0.0.1:${port}`)
  t.teardown(() => client.destroy())
  const paths = ['/a/900000', '/bl/900000']
  const streams = paths.map(path => client.request({ ':path': path }))
  await Promise.all(streams.map(stream => once(stream, 'response')))
  await others(plain)
  for (const [i, stream] of streams.entries()) {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    t.ok(Buffer.concat(chunks).equals(bodyFor(paths[i] as string)), String(paths[i]))
  }
})

/** The body of one raw answer. */
const dechunked = (answer: Buffer): Buffer => {
  const head = answer.indexOf('\r\n\r\n') + 4
  const chunked = /transfer-encoding: chunked/i.test(answer.toString('latin1', 0, head))
  if (!chunked) return answer.subarray(head)
  const parts: Buffer[] = []
  let at = head
  for (;;) {
    const line = answer.indexOf('\r\n', at)
    const length = Number.parseInt(answer.toString('latin1', at, line), 16)
    if (!(length > 0)) return Buffer.concat(parts)
    parts.push(answer.subarray(line + 2, line + 2 + length))
    at = line + 2 + length + 2
  }
}
