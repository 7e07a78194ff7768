import type { Socket } from 'node:net'
import { Duplex, Readable } from 'node:stream'
import t from 'tap'
import { Client } from 'undici'
import {
  announcedTrailers,
  requestTrailers,
  sendTrailers,
} from '../../src/driver/request-trailers.ts'
import { bench } from '../support/attempts.ts'
import { rawOrigin } from '../support/loopback.ts'

const kept = (...names: string[]): string[] =>
  requestTrailers(
    names.flatMap(name => [name, '1']),
    new Set(['x-hop']),
  ).filter((_, index) => index % 2 === 0)

t.test('E17 what ends here as a header field ends here as a trailer', async t => {
  const ends = [
    'Connection',
    'Keep-Alive',
    'TE',
    'Transfer-Encoding',
    'Upgrade',
    'Trailer',
    'X-Hop',
  ]
  t.strictSame(kept(...ends, 'Proxy-Authorization', 'Proxy', 'Expect', 'X-Sum'), ['X-Sum'])
})

t.test(
  'framing, routing, identity and the meaning of the body cannot come as trailers',
  async t => {
    const names = [
      'Host',
      'Content-Length',
      'Content-Type',
      'Content-Encoding',
      'Content-Range',
      'Content-Disposition',
      'Cookie',
      'Set-Cookie',
      'Authorization',
      'Cache-Control',
      'Pragma',
      'Range',
      'If-Match',
      'If-Modified-Since',
      'Max-Forwards',
      'X-Forwarded-For',
      'Forwarded',
      ':path',
    ]
    t.strictSame(kept(...names), [])
    t.strictSame(kept(...names.map(name => name.toLowerCase())), [])
    t.strictSame(kept(...names.map(name => name.replaceAll('-', '_'))), [], 'nor by CGI-like names')
  },
)

t.test('E16 private fields cannot come as trailers', async t => {
  t.strictSame(kept('$WSRA', '$wsis', '_WSSC', '-WSSC', '_ws_haprt_wlmversion'), ['-WSSC'])
})

t.test('trailers keep their spelling, order and repeated lines', async t => {
  const raw = ['X-b', '1', 'x-A', '', 'grpc-status', '0', 'X-b', 'caf\xe9 \t2', 'Digest', 'a=b==']
  t.strictSame(requestTrailers(raw, null), raw)
})

t.test('a name or value that could end its line is dropped', async t => {
  const names = ['', 'X Y', 'X:', 'X\r\nY', 'X\n', 'X\0', 'X\x7f', 'Xé', '(X)']
  t.strictSame(kept(...names), [])
  const values = ['a\rb', 'a\nb', 'a\r\n\r\nGET / HTTP/1.1', 'a\0', '\x7f', '\x1b', '\u010d\u010a']
  for (const value of values) t.strictSame(requestTrailers(['X', value], null), [])
})

t.test('of what is announced the names that may follow remain', async t => {
  t.equal(announcedTrailers('X-Sum', null), 'X-Sum')
  t.equal(announcedTrailers(' X-Sum ,Host,, x-b,Content-Length, $WSRA', null), 'X-Sum, x-b')
  t.equal(announcedTrailers('X-Sum, X-Hop', new Set(['x-hop'])), 'X-Sum')
  t.equal(announcedTrailers('Host, a b, "X"', null), '')
})

/** A connection that notes what is written on it. */
const paper = () => {
  const written: string[] = []
  const socket = new Duplex({
    decodeStrings: false,
    read() {},
    write(chunk, _, done) {
      written.push(String(chunk))
      done()
    },
  }) as unknown as Socket
  return { socket, written, plain: socket.write }
}

const trailers = ['X-Sum', '42', 'X-Sum', '43']
const lines = 'X-Sum: 42\r\nX-Sum: 43\r\n'

/** Ends a body, and writes these texts where undici would. */
const ending = async (texts: readonly (string | Buffer)[], fields = trailers) => {
  const sheet = paper()
  const open = Readable.from([Buffer.from('\r\n0\r\n\r\n')])
  sendTrailers(open, { trailers: fields }, sheet.socket)
  open.on('data', chunk => sheet.socket.write(chunk))
  open.on('end', () => {
    for (const text of texts) sheet.socket.write(text, 'latin1')
  })
  await new Promise(resolve => open.on('close', resolve))
  const restored = sheet.socket.write === sheet.plain
  // The next request on the connection.
  sheet.socket.write('\r\n0\r\n\r\n')
  const [body, ...rest] = sheet.written
  return { body, rest: rest.slice(0, -1), next: rest.at(-1), restored }
}

t.test('the last chunk gets the trailers, and a body that looks like it does not', async t => {
  t.match(await ending(['\r\n0\r\n\r\n', '\r\n0\r\n\r\n']), {
    body: '\r\n0\r\n\r\n',
    rest: [`\r\n0\r\n${lines}\r\n`, '\r\n0\r\n\r\n'],
    next: '\r\n0\r\n\r\n',
    restored: true,
  })
})

t.test('the head of a request without a byte becomes one of chunks', async t => {
  for (const framing of ['content-length: 0\r\n', '']) {
    t.strictSame((await ending([`POST /a HTTP/1.1\r\nhost: h\r\nX: y\r\n${framing}\r\n`])).rest, [
      `POST /a HTTP/1.1\r\nhost: h\r\nX: y\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${lines}\r\n`,
    ])
  }
})

t.test('an end that is written in another way passes as it is, without trailers', async t => {
  const ends = [
    ['0\r\n\r\n'],
    ['\r\n0\r\n', '\r\n'],
    [Buffer.from('\r\n0\r\n\r\n')],
    ['2\r\nhi\r\n0\r\n\r\n'],
    ['\r\n'],
    ['POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n'],
    ['POST /a HTTP/1.1\r\nContent-Length: 0\r\nhost: h\r\n\r\n'],
    ['POST /a HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['POST /a HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['POST /a HTTP/1.1\r\nhost: h\r\n'],
    [],
  ]
  for (const texts of ends) {
    const { rest, restored, next } = await ending(texts)
    t.strictSame(rest, texts.map(String))
    t.strictSame([restored, next], [true, '\r\n0\r\n\r\n'], 'the next request writes its own')
  }
})

t.test('without trailers nothing stands in front of the connection', async t => {
  const { socket, plain } = paper()
  const open = Readable.from([Buffer.from('hi')])
  sendTrailers(open, { trailers: [] }, socket)
  sendTrailers(Buffer.from('hi'), { trailers }, socket)
  const seen: boolean[] = []
  open.on('data', () => seen.push(socket.write === plain))
  open.on('end', () => seen.push(socket.write === plain))
  await new Promise(resolve => open.on('close', resolve))
  t.strictSame(seen, [true, true])
})

// What sendTrailers relies on. When undici changes, this is the test that says so; trailers are lost then, and no more.
t.test('undici ends a body by the one write that is known here', async t => {
  const cases = [
    ['POST', ['hi'], ['\r\n0\r\n\r\n']],
    ['GET', ['hi'], ['\r\n0\r\n\r\n']],
    ['POST', [], ['content-length: 0\r\n\r\n']],
    ['GET', [], ['\r\n']],
  ] as const
  for (const [method, chunks, expected] of cases) {
    const { socket, written } = paper()
    const client = new Client('http://h', {
      connect: (_: unknown, callback: (error: null, socket: Socket) => void) =>
        queueMicrotask(() => callback(null, socket)),
    })
    t.teardown(() => void client.destroy())
    const open = Readable.from(chunks.map(chunk => Buffer.from(chunk)))
    const atEnd = new Promise<string[]>(resolve => {
      open.once('end', () => {
        const before = written.length
        // Behind the listeners of undici for the same event.
        queueMicrotask(() => resolve(written.slice(before)))
      })
    })
    client.dispatch(
      { method, path: '/', body: open },
      {
        onConnect() {},
        onHeaders: () => true,
        onData: () => true,
        onComplete() {},
        onError() {},
      },
    )
    const [last, ...more] = await atEnd
    t.strictSame(more, [])
    if (chunks.length > 0) t.strictSame([last], expected)
    else t.match(last, new RegExp(`^${method} / HTTP/1\\.1\\r\\n(?:[^\\r]+\\r\\n)*${expected[0]}$`))
  }
})

t.test('an attempt sends the trailers of its body, each time it is sent', async t => {
  const texts: string[] = []
  const port = await rawOrigin(t, socket => {
    let text = ''
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (!text.endsWith('\r\n\r\n') || !text.includes('\r\n0\r\n')) return
      texts.push(text)
      text = ''
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const { attempt } = bench(t, port)
  const body = {
    open: () => Readable.from([Buffer.from('hi')]),
    lost: false,
    uploading: false,
    trailing: true,
    trailers,
  }
  for (const origin of ['new', 'pooled']) {
    const running = attempt({}, { method: 'POST', body })
    running.attempt.start()
    t.match(await running.over, { how: 'ended', status: 200, origin })
    await new Promise(setImmediate)
  }
  t.equal(texts.length, 2)
  for (const text of texts) {
    t.ok(text.endsWith(`transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n${lines}\r\n`), text)
  }
})
