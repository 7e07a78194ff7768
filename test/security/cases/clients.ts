import net, { type Socket } from 'node:net'
import { edgeConfig } from '../../support/edge-config.ts'
import { eventually } from '../../support/loopback.ts'
import { type Answerer, openStage, request, type Stage, talk, unambiguous } from '../stage.ts'
import { type Case, probe } from '../suite.ts'
import { statusOf } from '../wire.ts'

/** The marker of a request, from its target. */
const markerOf = (start: string): string => / \/(m\d+x)/.exec(start)?.[1] ?? 'none'

/** Answers with the marker many times over, in pieces, so that an answer can be left at any point. */
const slowly: Answerer = ({ start, body }, socket) => {
  const marker = markerOf(start)
  const text = `${marker} ${body} `.repeat(200)
  socket.write(`HTTP/1.1 200 OK\r\nX-Marker: ${marker}\r\nContent-Length: ${text.length}\r\n\r\n`)
  const half = Math.floor(text.length / 2)
  socket.write(text.slice(0, half))
  setImmediate(() => socket.write(text.slice(half)))
}

/** Numbers that look random and are the same in every run. */
const sequence = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

/** Where a client leaves: after so many bytes of its request, or of its answer. */
type Leaving = 'stays' | 'request-head' | 'request-body' | 'sent' | 'answer-head' | 'answer-body'

const points: readonly Leaving[] = [
  'stays',
  'request-head',
  'request-body',
  'sent',
  'answer-head',
  'answer-body',
]

/** One client that may leave on its way. Resolves with all it has seen. */
const client = (port: number, number: number, leaving: Leaving): Promise<string> =>
  new Promise(resolve => {
    const marker = `m${number}x`
    const withBody = number % 2 === 0 || leaving === 'request-body'
    const body = marker.repeat(50)
    const framing = withBody ? [`Content-Length: ${body.length}`] : []
    const head = request(`${withBody ? 'POST' : 'GET'} /${marker}`, ...framing, 'Connection: close')
    let text = ''
    const socket = net.connect(port, '127.0.0.1')
    const leave = (): void => {
      if (number % 3 === 0) socket.resetAndDestroy()
      else socket.destroy()
    }
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (leaving === 'answer-head' || (leaving === 'answer-body' && text.length > 400)) leave()
    })
    for (const event of ['end', 'error', 'close']) {
      socket.on(event, () => {
        socket.destroy()
        resolve(text)
      })
    }
    if (leaving === 'request-head') socket.write(head.slice(0, 20), leave)
    else if (leaving === 'request-body') socket.write(head + body.slice(0, 30), leave)
    else {
      socket.write(head + (withBody ? body : ''), () => {
        if (leaving === 'sent') leave()
      })
    }
  })

const free = async (edge: Stage['edge']): Promise<void> => {
  await eventually(() => edge.counters().running === 0)
}

/** Cross-client mix-up (security.md 1). */
export const clients: readonly Case[] = [
  ...points.map(leaving =>
    probe(`60 clients at once, half of which leave (${leaving}): no marker crosses`, async t => {
      const { port, app, edge } = await openStage(t)
      app.answer = slowly
      const seen = await Promise.all(
        Array.from({ length: 60 }, (_, i) => client(port, i, i % 2 === 0 ? leaving : 'stays')),
      )
      seen.forEach((text, i) => {
        const markers = new Set(text.match(/m\d+x/g))
        if (markers.size > 1 || !(markers.size === 0 || markers.has(`m${i}x`)))
          t.fail(`${i}: ${[...markers]}`)
        if (i % 2 === 1) t.match(text, /^HTTP\/1\.1 200 /, `${i} is served`)
      })
      await free(edge)
      for (const { messages } of app.readings()) {
        for (const { start, body } of messages) {
          if (body !== '' && body !== markerOf(start).repeat(50)) t.fail(`${start}: ${body}`)
        }
      }
      unambiguous(t, app)
    }),
  ),
  probe('300 clients, 30 at a time, that leave anywhere: no marker crosses', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = slowly
    const next = sequence(42)
    for (let wave = 0; wave < 10; wave++) {
      const numbers = Array.from({ length: 30 }, (_, i) => wave * 30 + i)
      const seen = await Promise.all(
        numbers.map(i => client(port, i, points[Math.floor(next() * points.length)] ?? 'stays')),
      )
      seen.forEach((text, i) => {
        const markers = new Set(text.match(/m\d+x/g))
        markers.delete(`m${numbers[i]}x`)
        t.equal(markers.size, 0)
      })
    }
    await free(edge)
    unambiguous(t, app)
    t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0, health: 'up' }])
  }),
  probe('CVE-2008-5519: a length without a body, and then the next client', async t => {
    const { port, app, edge } = await openStage(t)
    for (let i = 0; i < 10; i++) {
      await talk(port, request('POST /secret', 'Content-Length: 100'), { hangUp: true })
      const { messages } = await talk(port, request('GET /mine', 'Connection: close'))
      t.strictSame(
        messages.map(({ body }) => body),
        ['/mine'],
      )
    }
    await free(edge)
    t.notMatch(app.text(), /secret/)
  }),
  probe(
    'CVE-2012-3502: a server that closes behind an error does not hand it to the next',
    async t => {
      const { port, app } = await openStage(t)
      app.answer = (message, socket) => {
        const target = message.start.split(' ')[1] ?? ''
        if (target === '/bad')
          socket.end('HTTP/1.1 500 Mine\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nbad')
        else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
      }
      for (let i = 0; i < 10; i++) {
        const bad = await talk(port, request('GET /bad', 'Connection: close'))
        t.strictSame(
          bad.messages.map(({ body }) => body),
          ['bad'],
        )
        const good = await talk(port, request(`GET /good${i}`, 'Connection: close'))
        t.strictSame(
          good.messages.map(({ body }) => body),
          [`/good${i}`],
        )
      }
    },
  ),
  probe('an answer that was left is not read by the next client', async t => {
    const { port, app, edge } = await openStage(t)
    const waiting: Socket[] = []
    app.answer = ({ start }, socket) => {
      if (start.includes('/left')) waiting.push(socket)
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine')
    }
    for (let i = 0; i < 10; i++) {
      const leaver = net.connect(port, '127.0.0.1', () => leaver.write(request('GET /left')))
      leaver.on('error', () => {})
      await eventually(() => waiting.length === i + 1)
      leaver.destroy()
      await free(edge)
      waiting[i]?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nleft')
      const { messages } = await talk(port, request('GET /mine', 'Connection: close'))
      t.strictSame(
        messages.map(({ body }) => body),
        ['mine'],
      )
    }
  }),
  probe('two clients in one session share a server and nothing else', async t => {
    const { port, app } = await openStage(t, {
      config: port => edgeConfig([{ port }, { port }]),
    })
    app.answer = slowly
    const seen = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        talk(port, request(`GET /m${i}x`, 'Cookie: JSESSIONID=0000a:c2', 'Connection: close')),
      ),
    )
    seen.forEach(({ messages, text }, i) => {
      t.strictSame(messages.map(statusOf), [200])
      t.strictSame([...new Set(text.match(/m\d+x/g))], [`m${i}x`])
    })
  }),
]
