import type { Socket } from 'node:net'
import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, rawOrigin } from '../support/loopback.ts'

/** A server that says what it has got and answers when told. */
const manual = async (t: Parameters<typeof rawOrigin>[0]) => {
  const state = { text: '', sockets: [] as Socket[] }
  const port = await rawOrigin(t, socket => {
    state.sockets.push(socket)
    socket.on('data', chunk => {
      state.text += chunk.toString('latin1')
    })
  })
  return { port, state, say: (text: string) => state.sockets.at(-1)?.write(text, 'latin1') }
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

for (const [title, postBufferSizeBytes, body, chunked] of [
  ['a body in memory', 65_536, 'hello', false],
  ['an upload with a length', 0, 'hello', false],
  ['an upload in chunks', 0, 'hello', true],
  ['a large upload', 0, 'y'.repeat(200_000), false],
] as const) {
  t.test(`WaitForContinue: ${title} waits for the 100`, async t => {
    const server = await manual(t)
    const { port, records } = await edgeOn(
      t,
      edgeConfig([{ port: server.port, waitForContinue: true }], {
        cluster: { postBufferSizeBytes },
      }),
    )
    const answer = ask(port, '/', { method: 'POST', body, chunked })
    await eventually(() => server.state.text.includes('\r\n\r\n'))
    await new Promise(resolve => setTimeout(resolve, 30))
    t.match(server.state.text, /\r\nexpect: 100-continue\r\n\r\n$/, 'the head alone is out')
    // In two pieces, as a network may deliver it, and with another interim answer before it.
    server.say('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 10')
    await new Promise(resolve => setTimeout(resolve, 10))
    server.say('0 Continue\r\nX-Any: thing\r\n\r\n')
    await eventually(() => server.state.text.includes(body) || server.state.text.length > 200_000)
    server.say(ok)
    t.match(await answer, { status: 200, body: 'ok' })
    t.match(records, [{ attempts: 1 }])

    // The stream is fit for another request, which waits again.
    server.state.text = ''
    const again = ask(port, '/', { method: 'PUT', body: 'second' })
    await eventually(() => server.state.text.includes('expect: 100-continue\r\n\r\n'))
    t.equal(server.state.sockets.length, 1)
    server.say('HTTP/1.1 100 Continue\r\n\r\n')
    await eventually(() => server.state.text.endsWith('second'))
    server.say(ok)
    t.equal((await again).status, 200)
  })
}

t.test('WaitForContinue: a request without a body expects nothing', async t => {
  const server = await manual(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port, waitForContinue: true }]))
  const answer = ask(port, '/')
  await eventually(() => server.state.text.endsWith('\r\n\r\n'))
  t.notMatch(server.state.text, /expect/i)
  server.say(ok)
  t.match(await answer, { body: 'ok' })
})

for (const postBufferSizeBytes of [65_536, 0]) {
  t.test(
    `WaitForContinue: chunks that turn out to be none expect nothing, PostBufferSize ${postBufferSizeBytes}`,
    async t => {
      const server = await manual(t)
      const cluster = { postBufferSizeBytes }
      const config = edgeConfig([{ port: server.port, waitForContinue: true }], { cluster })
      const { port, edge } = await edgeOn(t, config)
      const answer = ask(port, '/', { method: 'POST', chunked: true })
      await eventually(() => server.state.text.endsWith('\r\n\r\n'))
      t.notMatch(server.state.text, /expect/i, 'RFC 9110 10.1.1')
      server.say(ok)
      t.match(await answer, { body: 'ok' })
      t.equal(edge.counters().idleStreams, 1)
    },
  )
}

t.test('WaitForContinue: a final answer instead of the 100 keeps the body here', async t => {
  const server = await manual(t)
  const { port, edge } = await edgeOn(t, edgeConfig([{ port: server.port, waitForContinue: true }]))
  const answer = ask(port, '/', { method: 'POST', body: 'secret' })
  await eventually(() => server.state.text.endsWith('\r\n\r\n'))
  server.say('HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno')
  t.match(await answer, { status: 413, body: 'no' })
  t.notMatch(server.state.text, /secret/)
  // Nobody can use it any more: it must not stay open until ConnectionTTL.
  await eventually(() => server.state.sockets[0]?.destroyed === true)
  t.equal(edge.counters().idleStreams, 0)
  const again = ask(port, '/', { method: 'POST', body: 'other' })
  await eventually(() => server.state.sockets.length === 2)
  server.say('HTTP/1.1 100 Continue\r\n\r\n')
  await eventually(() => server.state.text.endsWith('other'))
  server.say(ok)
  t.equal((await again).status, 200, 'the next request has a connection of its own')
  t.equal(edge.counters().idleStreams, 1)
})

t.test(
  'F8 WaitForContinue: the wait for the 100 is a read that ServerIOTimeout limits',
  async t => {
    for (const postBufferSizeBytes of [65_536, 0]) {
      const server = await manual(t)
      const { port, trace } = await edgeOn(
        t,
        edgeConfig([{ port: server.port, waitForContinue: true, serverIoTimeoutMs: 150 }], {
          cluster: { postBufferSizeBytes },
        }),
      )
      t.equal((await ask(port, '/', { method: 'POST', body: 'x' })).status, 500)
      t.match(
        trace.find(({ kind }) => kind === 'fail'),
        { row: 'F8', cause: 'read-timeout' },
      )
    }
  },
)

t.test('WaitForContinue: a server that hangs up instead has broken the stream', async t => {
  const server = await manual(t)
  const { port, trace } = await edgeOn(
    t,
    edgeConfig([{ port: server.port, waitForContinue: true }]),
  )
  const answer = ask(port, '/', { method: 'POST', body: 'x' })
  await eventually(() => server.state.text.endsWith('\r\n\r\n'))
  server.state.sockets[0]?.destroy()
  t.equal((await answer).status, 500)
  t.match(
    trace.find(({ kind }) => kind === 'fail'),
    { row: 'F7', cause: 'reset' },
  )
})

t.test('WaitForContinue: what is no answer is passed to the parser', async t => {
  const server = await manual(t)
  const { port, trace } = await edgeOn(
    t,
    edgeConfig([{ port: server.port, waitForContinue: true }]),
  )
  const answer = ask(port, '/', { method: 'POST', body: 'x' })
  await eventually(() => server.state.text.endsWith('\r\n\r\n'))
  server.say('220 mail.example ESMTP\r\n')
  t.equal((await answer).status, 500)
  t.match(
    trace.find(({ kind }) => kind === 'fail'),
    { row: 'F13' },
  )
})
