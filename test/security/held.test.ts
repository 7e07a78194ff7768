import net from 'node:net'
import t from 'tap'
import { eventually } from '../support/loopback.ts'
import { publicAndAdmin } from './cases/paths.ts'
import { bytesAre, last, openStage, request, talk } from './stage.ts'
import { probe, refused } from './suite.ts'
import { statusOf } from './wire.ts'

const asking = request('GET /a', 'Connection: Upgrade', 'Upgrade: websocket')
const hidden = 'GET /hidden HTTP/1.1\r\nHost: edge.example\r\n\r\n'

const held = [
  ...['GET /a', 'POST /a', 'HEAD /a'].map(line =>
    probe(
      `H1 ${line} HTTP/2.0 on a connection of HTTP/1 harms nobody`,
      async (t, { port, app, edge }) => {
        const { messages } = await talk(port, `${line} HTTP/2.0\r\nHost: edge.example\r\n\r\n`, {
          methods: [line.split(' ')[0] ?? ''],
        })
        t.equal(messages.length, 1)
        t.ok(app.messages().every(({ start }) => start === `${line} HTTP/1.1`))
        await eventually(() => edge.counters().running === 0)
        const { messages: after } = await talk(port, last)
        t.strictSame(
          after.map(({ body }) => body),
          ['/last'],
        )
      },
    ),
  ),
  probe(
    'H2 an upgrade behind a request that is still being answered waits for its turn',
    async (t, { port, app }) => {
      app.answer = ({ start }, socket) => {
        const body = start.split(' ')[1] ?? ''
        const answer = `HTTP/1.1 ${body === '/a' ? '403 No' : '200 OK'}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
        setTimeout(() => socket.write(answer), 20)
      }
      const { messages, faults } = await talk(
        port,
        request('GET /first') + request('GET /second') + asking + hidden,
      )
      t.strictSame(faults, [])
      t.strictSame(
        messages.map(({ body }) => body),
        ['/first', '/second', '/a'],
      )
      t.strictSame(messages.map(statusOf), [200, 200, 403])
      t.notMatch(app.text(), /hidden/)
    },
  ),
  probe('H3 a client that talks on before the 101 and leaves frees the server', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = () => {}
    const client = net.connect(port, '127.0.0.1')
    client.on('error', () => {})
    client.write(asking)
    await eventually(() => app.messages().length === 1)
    client.write('x'.repeat(500_000))
    await new Promise(resolve => setTimeout(resolve, 50))
    client.destroy()
    await eventually(() => edge.counters().running === 0 && app.sockets[0]?.destroyed === true)
  }),
  probe('H6 trailers that the answer’s Connection names are dropped', async (t, { port, app }) => {
    app.answer = bytesAre(
      'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Hop\r\n\r\n2\r\nok\r\n0\r\nX-Hop: 1\r\nX-Sum: 42\r\n\r\n',
    )
    const { messages } = await talk(
      port,
      request('GET /a', 'TE: trailers', 'Connection: TE') + last,
    )
    t.strictSame(messages[0]?.trailers, [['X-Sum', '42']])
  }),
]
const heldPaths = [
  ...[
    '/public//../admin/x',
    '/public/;/../admin/x',
    '/public/;x/%2e%2e/admin/x',
    '/public//%2e%2e;a/admin/x',
    '/public/x//../../admin/x',
    '/public/;v=1/%2e%2e/%2e%2e/admin/x',
  ].map(target =>
    refused(
      `H4 ${target}, which folds to another path where // counts as /,`,
      request(`GET ${target}`),
    ),
  ),
  refused('H5 a target with an empty authority', request('GET http:///public/a')),
]
t.test('held', async t => {
  for (const { title, run } of held) {
    await t.test(title, async t => {
      const stage = await openStage(t)
      await run(t, stage)
    })
  }
  for (const { title, run } of heldPaths) {
    await t.test(title, async t => run(t, await openStage(t, { config: publicAndAdmin })))
  }
})
