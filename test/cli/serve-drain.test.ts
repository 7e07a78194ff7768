import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import t, { type Test } from 'tap'
import { ask, eventually, onHead, rawAsk, rawOrigin } from '../support/loopback.ts'
import { configFor, origin, serving } from './serving.ts'

/** A serve of one application server that answers when it is told to. */
const served = async (t: Test, ...args: readonly string[]) => {
  const waiting: http.ServerResponse[] = []
  const port = await origin(t, (request, response) => {
    request.resume()
    if (request.url === '/app/now') response.end('now')
    else waiting.push(response)
  })
  const run = await serving(t, ['-', ...args], configFor(port))
  return { ...run, waiting, port: Number(new URL(run.url).port) }
}

const isStopping = (output: { readonly out: string }) =>
  eventually(() => output.out.includes('\nstopping: '))

t.test('what runs is answered with Connection: close, and nobody can connect', async t => {
  const { port, output, waiting, stop, status } = await served(t)
  const agent = new http.Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const request = ask(port, '/app/', { agent })
  await eventually(() => waiting.length === 1)
  stop()
  await isStopping(output)
  await t.rejects(ask(port, '/app/now'), { code: 'ECONNREFUSED' })
  waiting[0]?.end('whole')
  t.match(await request, { status: 200, body: 'whole', headers: { connection: 'close' } })
  t.equal(await status, 0)
  t.equal(output.err, '')
})

t.test('a connection that waits for its next request, or its first, is ended at once', async t => {
  const { port, waiting, stop, status } = await served(t)
  const busy = ask(port, '/app/')
  await eventually(() => waiting.length === 1)
  const used = net.connect(port, '127.0.0.1')
  used.write('GET /app/now HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(used, 'data')
  const fresh = net.connect(port, '127.0.0.1')
  await once(fresh, 'connect')
  // It is accepted for sure when one that came later has been answered.
  await ask(port, '/app/now')
  const ended = [once(used.resume(), 'close'), once(fresh.resume(), 'close')]
  stop()
  await Promise.all(ended)
  waiting[0]?.end()
  await busy
  t.equal(await status, 0)
})

t.test('an answer that has begun is finished, and its connection ended behind it', async t => {
  const { port, waiting, output, stop, status } = await served(t)
  const socket = net.connect(port, '127.0.0.1')
  socket.write('GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n')
  await eventually(() => waiting.length === 1)
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  waiting[0]?.write('first,')
  await eventually(() => text.includes('first,'))
  t.notMatch(text, /connection: close/i, 'it was promised to stay open')
  stop()
  await isStopping(output)
  waiting[0]?.end('last')
  await once(socket, 'close')
  t.match(text, /first,.*last\r\n0\r\n\r\n$/s)
  t.equal(await status, 0)
})

t.test('requests that stand in line on one connection are all answered', async t => {
  const { port, waiting, output, stop, status } = await served(t)
  const get = 'GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n'
  const answers = rawAsk(port, get.repeat(3))
  await eventually(() => waiting.length === 3)
  stop()
  await isStopping(output)
  for (const [index, response] of waiting.entries()) response.end(`number ${index}`)
  const text = await answers
  for (const index of [0, 1, 2]) t.match(text, `number ${index}`)
  t.equal(text.match(/connection: close/gi)?.length, 1, 'the last one alone ends it')
  t.equal(await status, 0)
})

t.test('a client that reads slowly gets all of an answer that was written long ago', async t => {
  const size = 40_000_000
  const port = await origin(t, (_request, response) => response.end(Buffer.alloc(size, 'x')))
  const run = await serving(t, ['-'], configFor(port))
  const socket = net.connect(Number(new URL(run.url).port), '127.0.0.1')
  socket.write('GET /app/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await once(socket, 'readable')
  run.stop()
  await isStopping(run.output)
  let bytes = 0
  for await (const chunk of socket) bytes += chunk.length
  t.ok(bytes > size, `${bytes} bytes have come`)
  t.equal(await run.status, 0)
})

t.test('an upload that goes on is taken to its end', async t => {
  let body = ''
  const port = await origin(t, (request, response) => {
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => response.end('got it'))
  })
  // Unbuffered, so that the server sees it begin.
  const stdin = configFor(port).replace('<ServerCluster ', '<ServerCluster PostBufferSize="0" ')
  const run = await serving(t, ['-'], stdin)
  const { port: own } = new URL(run.url)
  const request = http.request({ port: own, path: '/app/', method: 'POST', agent: false })
  request.write('a')
  await eventually(() => body === 'a')
  run.stop()
  await isStopping(run.output)
  request.end('b')
  const [answer] = await once(request, 'response')
  t.equal(String(await once(answer, 'data')), 'got it')
  t.equal(body, 'ab')
  t.equal(await run.status, 0)
})

t.test('a handshake under way is waited for, and the tunnel is then ended', async t => {
  let goOn = (): void => {}
  const server = await rawOrigin(t, socket =>
    onHead(socket, () => {
      goOn = () =>
        socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    }),
  )
  const run = await serving(t, ['-'], configFor(server))
  const before = goOn
  const text = rawAsk(
    Number(new URL(run.url).port),
    'GET /app/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  await eventually(() => goOn !== before)
  run.stop()
  await isStopping(run.output)
  goOn()
  t.match(await text, /^HTTP\/1\.1 101 /)
  t.equal(await run.status, 0)
})

for (const [seconds, limit] of [
  ['0', 0],
  ['1', 1],
] as const) {
  t.test(`--drain ${seconds} gives up then, says how many were cut off, status 1`, async t => {
    const { port, waiting, output, stop, status } = await served(t, '--drain', seconds)
    const requests = [ask(port, '/app/'), ask(port, '/app/')]
    const handshake = rawAsk(
      port,
      'GET /app/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    )
    await eventually(() => waiting.length === 3)
    stop()
    for (const request of requests) await t.rejects(request, { code: 'ECONNRESET' })
    t.equal(await handshake, '')
    t.equal(await status, 1)
    t.equal(output.err, `gave up after ${limit} s: 3 requests were cut off\n`)
  })
}

t.test('with nothing under way --drain 0 is no failure', async t => {
  const { output, stop, status } = await served(t, '--drain', '0')
  stop()
  t.equal(await status, 0)
  t.equal(output.err, '')
})

t.test('a client that leaves while requests stand in line holds nothing up', async t => {
  const { port, waiting, output, stop, status } = await served(t)
  const socket = net.connect(port, '127.0.0.1')
  socket.write('GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2))
  await eventually(() => waiting.length === 2)
  const gone = waiting.map(response => once(response, 'close'))
  socket.destroy()
  await gone[0]
  stop()
  await isStopping(output)
  for (const response of waiting) response.end()
  t.equal(await status, 0)
})

t.test('a header beyond --header-size is answered 431, one below comes through', async t => {
  const { port, stop, status } = await served(t, '--header-size', '40000')
  const now = (bytes: number) => ask(port, '/other', { headers: { 'x-large': 'x'.repeat(bytes) } })
  t.match(await now(39_000), { status: 404 }, 'more than Node allows by itself')
  t.match(await now(41_000), { status: 431 })
  stop()
  await status
})

t.test('a request that does not arrive within --request-timeout is answered 408', async t => {
  const { port, stop, status } = await served(t, '--request-timeout', '1')
  const head = 'POST /app/now HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n'
  t.match(await rawAsk(port, head), /^HTTP\/1\.1 408 /, 'the header')
  t.match(await rawAsk(port, `${head}\r\nabc`), /^HTTP\/1\.1 (?:408|200) /, 'the body')
  stop()
  await status
})

t.test('--keep-alive ends a connection without a next request', async t => {
  const { port, stop, status } = await served(t, '--keep-alive', '1')
  const text = await rawAsk(port, 'GET /app/now HTTP/1.1\r\nHost: a\r\n\r\n')
  t.match(text, /keep-alive: timeout=1\r\n/i)
  stop()
  await status
})

t.test(
  'every header field comes to the edge, which says what is beyond HTTPMaxHeaders',
  async t => {
    const { port, output, stop, status } = await served(t)
    const many = Object.fromEntries(Array.from({ length: 2500 }, (_, n) => [`x${n}`, 'y']))
    t.match(await ask(port, '/app/now', { headers: many }), { status: 200 })
    t.match(output.err, /^warning: 2\d\d\d request headers beyond HTTPMaxHeaders were dropped\n$/)
    stop()
    await status
  },
)
