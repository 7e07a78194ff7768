import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, onHead, origin, rawAsk, rawOrigin } from '../support/loopback.ts'

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A server that says this to every head, in pieces that arrive one by one. */
const saying = (t: Parameters<typeof rawOrigin>[0], ...pieces: string[]): Promise<number> =>
  rawOrigin(t, socket =>
    onHead(socket, async () => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    }),
  )

t.test('interim answers 102 and 103 are passed on', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () =>
      socket.write(
        'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n' +
          'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      ),
    ),
  )
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  const answer = await ask(port, '/')
  t.match(answer, { status: 200, body: 'ok' })
  t.strictSame(
    answer.information.map(({ statusCode }) => statusCode),
    [102, 103],
  )
  t.match(answer.information[1]?.headers, { link: '</a.css>; rel=preload' })
  const old = await rawAsk(port, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n')
  t.match(old, /^HTTP\/1.1 200/, 'a client of HTTP/1.0 gets none')
})

t.test('hints for an answer that waits behind another one are left out', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, head => {
      if (head.startsWith('GET /1 ')) setTimeout(() => socket.write(ok), 50)
      else {
        const hints =
          'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
        socket.write(`${hints}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond`)
      }
    }),
  )
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  const text = await rawAsk(
    port,
    'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  )
  t.match(text, /\r\n\r\nokHTTP\/1\.1 200 OK\r\n[\s\S]*?\r\n\r\nsecond$/)
  t.notMatch(text, /103|102/)
})

t.test('an endless row of interim answers is no answer (F13)', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () => {
      for (let i = 0; i < 200; i++) socket.write('HTTP/1.1 103 Early Hints\r\nX-N: 1\r\n\r\n')
    }),
  )
  const { port, trace } = await edgeOn(t, edgeConfig([{ port: server }]))
  t.equal((await ask(port, '/')).status, 500)
  t.match(
    trace.find(({ kind }) => kind === 'fail'),
    { row: 'F13', cause: 'malformed' },
  )
})

for (const [title, pieces] of [
  ['with the answer', [goOn + ok]],
  ['long before the answer', [goOn, ok]],
  ['in the middle of other interim answers', ['HTTP/1.1 102 Processing\r\n\r\n', goOn, goOn + ok]],
] as const) {
  t.test(`a 100 that nobody asked for, ${title}, harms nobody`, async t => {
    for (const extendedHandshake of [false, true]) {
      for (const postBufferSizeBytes of [0, 65_536]) {
        const test = await edgeOn(
          t,
          edgeConfig([{ port: await saying(t, ...pieces), extendedHandshake }], {
            cluster: { postBufferSizeBytes },
          }),
        )
        const bodies = [{}, { method: 'HEAD' }, { method: 'POST', body: 'p' }] as const
        for (const options of bodies) {
          const { status, information } = await ask(test.port, '/', options)
          t.equal(status, 200)
          t.notOk(
            information.some(({ statusCode }) => statusCode === 100),
            'it ends at the edge',
          )
        }
        t.match(test.records, [{ attempts: 1 }, { attempts: 1 }, { attempts: 1 }])
        t.match(test.edge.snapshot().clusters[0]?.servers, [{ failed: 0, total: 3 }])
      }
    }
  })
}

t.test('a 100 before a 101 harms no tunnel, nor does what follows the 101', async t => {
  const go = 'HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  const { port } = await edgeOn(t, edgeConfig([{ port: await saying(t, `${goOn}${go}hi`) }]))
  const text = await rawAsk(
    port,
    'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    answer => answer.endsWith('hi'),
  )
  t.match(text, /^HTTP\/1\.1 101 /)
})

t.test('an endless row of 100s is no answer (F13)', async t => {
  const test = await edgeOn(t, edgeConfig([{ port: await saying(t, goOn.repeat(200)) }]))
  t.equal((await ask(test.port, '/')).status, 500)
  t.equal(test.edge.counters().running, 0)
})

t.test('an interim answer without a meaning of its own is left out', async t => {
  const port = await saying(t, 'HTTP/1.1 199 Odd\r\n\r\n', ok)
  const test = await edgeOn(t, edgeConfig([{ port }]))
  t.match(await ask(test.port, '/'), { status: 200, body: 'ok', information: [] })
})

for (const waitForContinue of [false, true]) {
  for (const postBufferSizeBytes of [0, 65_536]) {
    t.test(
      `a client that waits for a 100 gets one, ${waitForContinue ? 'also' : 'not only'} with WaitForContinue, PostBufferSize ${postBufferSizeBytes}`,
      async t => {
        const server = await origin(t)
        const test = await edgeOn(
          t,
          edgeConfig([{ port: server.port, waitForContinue }], {
            cluster: { postBufferSizeBytes },
          }),
        )
        const text = await rawAsk(
          test.port,
          'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nhi',
        )
        t.equal(text.match(/HTTP\/1\.1 100 /g)?.length, 1)
        t.match(text, /HTTP\/1\.1 200 OK/)
        t.match(server.seen, [{ body: 'hi' }])
      },
    )
  }
}
