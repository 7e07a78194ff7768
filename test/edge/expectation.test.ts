import { once } from 'node:events'
import http, { type RequestListener } from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import t, { type Test } from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { createEdge, type Edge } from '../../src/edge/edge.ts'
import type { EdgeOptions } from '../../src/edge/options.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { eventually, listen, rawOrigin, refusingPort } from '../support/loopback.ts'

const head = (path: string, ...lines: string[]): string =>
  [`POST ${path} HTTP/1.1`, 'Host: h', 'Expect: 100-continue', ...lines, '', ''].join('\r\n')

const continues = 'HTTP/1.1 100 Continue\r\n\r\n'

/** An edge that gets its requests by `checkContinue`, and everything else as usual. */
const edgeAsked = async (
  t: Test,
  config: PluginConfig,
  options: Partial<EdgeOptions> = {},
  host: (edge: Edge) => RequestListener = edge => edge.handler,
) => {
  const records: string[] = []
  const edge = await createEdge({
    config,
    random: () => 0,
    onExchange: ({ code, status }) => records.push(`${code} ${status}`),
    ...options,
  })
  t.teardown(() => edge.close())
  const listener = host(edge)
  const server = http.createServer(listener)
  server.on('checkContinue', listener)
  return { edge, port: await listen(t, server), records }
}

/** A client that notes everything it gets. */
const client = (port: number, bytes: string) => {
  const state = { text: '', closed: false }
  const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
  socket.on('error', () => {})
  socket.on('data', chunk => {
    state.text += chunk
  })
  socket.on('close', () => {
    state.closed = true
  })
  return { socket, state }
}

/** A server of raw bytes that notes what it gets on each connection, and says what it is told to. */
const server = async (t: Test) => {
  const got: string[] = []
  const sockets: net.Socket[] = []
  const port = await rawOrigin(t, socket => {
    const index = sockets.push(socket) - 1
    got.push('')
    socket.on('data', chunk => {
      got[index] = `${got[index]}${chunk}`
    })
  })
  return { port, got, say: (bytes: string, index = 0) => sockets[index]?.write(bytes), sockets }
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

for (const [title, line, body, framed] of [
  ['with a length', 'Content-Length: 2', 'hi', /\r\nContent-Length: 2\r\n[\s\S]*\r\n\r\nhi$/],
  [
    'in chunks',
    'Transfer-Encoding: chunked',
    '2\r\nhi\r\n0\r\n\r\n',
    /\r\nTransfer-Encoding: chunked\r\n[\s\S]*\r\n\r\n2\r\nhi\r\n0\r\n\r\n$/,
  ],
  [
    'in chunks that turn out to be none',
    'Transfer-Encoding: chunked',
    '0\r\n\r\n',
    /\r\nTransfer-Encoding: chunked\r\n[\s\S]*\r\n\r\n0\r\n\r\n$/,
  ],
] as const) {
  t.test(`WaitForContinue: the 100 of the server is that of the client, body ${title}`, async t => {
    const { port, got, say } = await server(t)
    const test = await edgeAsked(t, edgeConfig([{ port, waitForContinue: true }]))
    const { socket, state } = client(test.port, head('/', line))
    await eventually(() => got[0]?.endsWith('\r\n\r\n') === true)
    t.match(got[0], /^POST \/ HTTP\/1\.1\r\n[\s\S]*\r\nexpect: 100-continue\r\n\r\n$/)
    t.equal(state.text, '', 'nothing is promised to the client')
    say(continues)
    await eventually(() => state.text === continues)
    socket.write(body)
    await eventually(() => framed.test(got[0] ?? ''))
    t.equal(got[0]?.split('POST ').length, 2, 'its head has come once')
    say(ok)
    await eventually(() => state.text.endsWith('ok'))
    t.match(state.text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
    // The stream is in order: the next request finds it, asks again, and is answered.
    socket.write(head('/next', 'Content-Length: 3'))
    await eventually(() => got[0]?.split('expect: ').length === 3)
    say(continues)
    await eventually(() => state.text.split('100 Continue').length === 3)
    socket.write('two')
    await eventually(() => got[0]?.endsWith('\r\n\r\ntwo') === true)
    say(ok)
    await eventually(() => test.records.length === 2)
    t.same(test.records, ['ONLY 200', 'ONLY 200'])
    t.equal(got.length, 1, 'on one connection')
  })
}

t.test('WaitForContinue: a server that refuses gets no body, and neither do we', async t => {
  const { port, got, say, sockets } = await server(t)
  const test = await edgeAsked(t, edgeConfig([{ port, waitForContinue: true }]))
  const { state } = client(test.port, head('/', 'Content-Length: 5'))
  await eventually(() => got[0]?.endsWith('\r\n\r\n') === true)
  say('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno')
  await eventually(() => state.closed)
  t.match(state.text, /^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n[\s\S]*no$/)
  t.notMatch(state.text, '100 Continue')
  t.match(got[0], /\r\n\r\n$/, 'not a byte of it')
  await eventually(() => sockets[0]?.destroyed === true)
  t.same(test.records, ['ONLY 413'])
  t.equal(test.edge.counters().running, 0)
})

t.test('WaitForContinue: a client that does not wait sends its body behind the 100', async t => {
  const { port, got, say } = await server(t)
  const test = await edgeAsked(t, edgeConfig([{ port, waitForContinue: true }]))
  const { state } = client(test.port, `${head('/', 'Content-Length: 2')}hi`)
  await eventually(() => got[0]?.endsWith('\r\n\r\n') === true)
  t.notMatch(got[0], /hi$/)
  say(continues)
  await eventually(() => got[0]?.endsWith('\r\n\r\nhi') === true)
  say(ok)
  await eventually(() => state.text.endsWith('ok'))
})

t.test(
  'WaitForContinue F1 F7 before the 100 the request moves on, and its body goes once',
  async t => {
    const second = await server(t)
    const first = await rawOrigin(t, socket => {
      socket.on('data', () => socket.resetAndDestroy())
    })
    const config = edgeConfig([
      { port: await refusingPort(), waitForContinue: true },
      { port: first, waitForContinue: true },
      { port: second.port, waitForContinue: true },
    ])
    const test = await edgeAsked(t, config)
    const { socket, state } = client(test.port, head('/', 'Content-Length: 2'))
    await eventually(() => second.got[0]?.endsWith('\r\n\r\n') === true)
    t.equal(state.text, '')
    second.say(continues)
    await eventually(() => state.text === continues)
    socket.write('hi')
    await eventually(() => second.got[0]?.endsWith('hi') === true)
    second.say(ok)
    await eventually(() => test.records.length === 1)
    t.same(test.records, ['RR>REFUSED>RR>RESET>RR 200'])
  },
)

t.test('WaitForContinue F8 a server that says nothing is silent, whoever has the body', async t => {
  const { port, got } = await server(t)
  const config = edgeConfig([{ port, waitForContinue: true, serverIoTimeoutMs: 50 }])
  const test = await edgeAsked(t, config)
  const { state } = client(test.port, head('/', 'Content-Length: 2'))
  await eventually(() => state.closed)
  t.match(state.text, /^HTTP\/1\.1 50[03] /)
  t.match(got[0], /\r\n\r\n$/)
  t.match(test.records, [/RTIMEOUT/])
})

t.test('WaitForContinue F15 a client that leaves while the server is asked', async t => {
  const { port, got, sockets } = await server(t)
  const test = await edgeAsked(t, edgeConfig([{ port, waitForContinue: true }]))
  const { socket } = client(test.port, head('/', 'Content-Length: 2'))
  await eventually(() => got[0]?.endsWith('\r\n\r\n') === true)
  socket.destroy()
  await eventually(() => sockets[0]?.destroyed === true && test.records.length === 1)
  t.match(test.records, [/ABORT/])
  t.equal(test.edge.counters().running, 0)
  t.equal(test.edge.snapshot().clusters[0]?.servers[0]?.pending, 0)
})

t.test('without WaitForContinue the client may send when its body is wanted', async t => {
  const { port, got, say } = await server(t)
  for (const postBufferSizeBytes of [65_536, 0]) {
    const test = await edgeAsked(t, edgeConfig([{ port }], { cluster: { postBufferSizeBytes } }))
    const { socket, state } = client(test.port, head('/', 'Content-Length: 2'))
    await eventually(() => state.text === continues)
    socket.write('hi')
    await eventually(() => got.at(-1)?.endsWith('\r\n\r\nhi') === true)
    t.notMatch(got.at(-1), /expect/i)
    say(ok, got.length - 1)
    await eventually(() => state.text.endsWith('ok'))
    t.equal(state.text.split('100 Continue').length, 2, 'once')
  }
})

t.test('a body that nobody wants is not asked for', async t => {
  const down = edgeConfig([{ port: await refusingPort() }], {
    cluster: { postBufferSizeBytes: 0, postSizeLimitBytes: 100 },
    uri: '/ours/*',
  })
  const test = await edgeAsked(t, down)
  for (const [path, length, status] of [
    ['/elsewhere', 2, 404],
    ['/ours/', 101, 413],
    ['/ours/', 2, 500],
  ] as const) {
    const { state } = client(test.port, head(path, `Content-Length: ${length}`))
    await eventually(() => state.closed)
    t.match(state.text, new RegExp(`^HTTP/1\\.1 ${status} `), `${path} of ${length}`)
    t.match(state.text, /\r\nConnection: close\r\n/i)
  }
})

t.test('a 100 that the host has said is not said again', async t => {
  const { port, got, say } = await server(t)
  const test = await edgeAsked(t, edgeConfig([{ port }]), {}, edge => (request, response) => {
    response.writeContinue()
    edge.handler(request, response)
  })
  const { socket, state } = client(test.port, head('/', 'Content-Length: 2'))
  await eventually(() => state.text === continues)
  socket.write('hi')
  await eventually(() => got[0]?.endsWith('hi') === true)
  say(ok)
  await eventually(() => state.text.endsWith('ok'))
  t.equal(state.text.split('100 Continue').length, 2)
})

const hosts: readonly (readonly [string, (edge: Edge) => Promise<RequestListener>])[] = [
  [
    'node:http',
    async edge => (request, response) =>
      edge.handler(request, response, () => {
        text(request).then(body => response.end(`host got ${body}`))
      }),
  ],
  [
    'Express',
    async edge =>
      express()
        .use(edge.handler)
        .use(express.text())
        .post('/own', (request, response) => {
          response.send(`host got ${request.body}`)
        }),
  ],
  [
    'Fastify',
    async edge => {
      const app = fastify()
      await app.register(edge.fastify)
      app.post('/own', async request => `host got ${request.body}`)
      await app.ready()
      return (request, response) => app.routing(request, response)
    },
  ],
  [
    'Koa',
    async edge =>
      new Koa()
        .use(edge.koa)
        .use(async context => {
          context.body = `host got ${await text(context.req)}`
        })
        .callback(),
  ],
]

for (const [name, host] of hosts) {
  t.test(
    `${name}: mounted on checkContinue, a 100 for the edge and for the host’s own routes`,
    async t => {
      const { port, got, say } = await server(t)
      const config = edgeConfig([{ port, waitForContinue: true }], { uri: '/ours/*' })
      let listener: RequestListener = () => {}
      const test = await edgeAsked(
        t,
        config,
        {},
        () => (request, response) => listener(request, response),
      )
      listener = await host(test.edge)
      const ours = client(test.port, head('/ours/', 'Content-Length: 2'))
      await eventually(() => got[0]?.endsWith('\r\n\r\n') === true)
      t.equal(ours.state.text, '')
      say(continues)
      await eventually(() => ours.state.text === continues)
      ours.socket.write('hi')
      await eventually(() => got[0]?.endsWith('hi') === true)
      say(ok)
      await eventually(() => ours.state.text.endsWith('ok'))
      const own = client(test.port, head('/own', 'Content-Type: text/plain', 'Content-Length: 2'))
      await eventually(() => own.state.text === continues)
      own.socket.write('ho')
      await eventually(() => own.state.text.endsWith('host got ho'))
      t.match(own.state.text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    },
  )
}

t.test('HTTP/2: the 100 of the server is that of the client', async t => {
  const { port, got, say } = await server(t)
  const edge = await createEdge({ config: edgeConfig([{ port, waitForContinue: true }]) })
  t.teardown(() => edge.close())
  const host = http2.createServer(edge.handler)
  host.on('checkContinue', edge.handler)
  const session = http2.connect(`http://127.0.0.1:${await listen(t, host)}`)
  t.teardown(() => session.destroy())
  const stream = session.request({ ':method': 'POST', ':path': '/', expect: '100-continue' })
  let told = 0
  stream.on('continue', () => told++)
  await eventually(() => got[0]?.endsWith('\r\n\r\n') === true)
  t.equal(told, 0)
  say(continues)
  await eventually(() => told === 1)
  stream.end('hi')
  await eventually(() => got[0]?.endsWith('\r\n\r\n2\r\nhi\r\n0\r\n\r\n') === true)
  say(ok)
  const [headers] = await once(stream, 'response')
  t.match(headers, { ':status': 200 })
  t.equal(await text(stream), 'ok')
  t.equal(told, 1)
})

t.test(
  'a client whose request waits behind another one is told to go on when it is its turn',
  async t => {
    const { port: serverPort, got, say } = await server(t)
    const { port } = await edgeAsked(t, edgeConfig([{ port: serverPort }]))
    const { socket, state } = client(
      port,
      `GET /first HTTP/1.1\r\nHost: h\r\n\r\n${head('/second', 'Content-Length: 2')}`,
    )
    await eventually(() => got[0]?.includes('/first') === true)
    await new Promise(resolve => setTimeout(resolve, 30))
    t.equal(state.text, '', 'not before the first answer')
    say(ok)
    await eventually(() => state.text.endsWith(continues))
    t.match(state.text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nokHTTP\/1\.1 100 Continue\r\n\r\n$/)
    socket.write('hi')
    await eventually(() => got.some(text => text.endsWith('hi')))
    say(ok, got.length - 1)
    await eventually(() => state.text.endsWith('ok') && !state.text.endsWith(`ok${continues}`))
    t.equal(state.text.match(/HTTP\/1\.1 200/g)?.length, 2)
  },
)
