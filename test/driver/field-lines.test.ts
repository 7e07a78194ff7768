import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { fieldLines, joinHeads } from '../../src/driver/field-lines.ts'
import { fieldUnsendable } from '../../src/driver/outcome.ts'

t.test('fields become lines, as they are and in their order', async t => {
  t.equal(
    fieldLines(['X-a', '1', 'x-A', '', '$WSRA', 'ü\t\x80ÿ']),
    'X-a: 1\r\nx-A: \r\n$WSRA: ü\t\x80ÿ\r\n',
  )
  t.equal(fieldLines([]), '')
})

t.test('what could become another line, or is no text of HTTP, is refused by name', async t => {
  for (const value of ['a\r\nb: c', 'a\nb', 'a\rb', '\0', '\x7f', '\x1f', 'Ā', '日本']) {
    t.throws(() => fieldLines(['A', 'b', 'X-Bad', value]), {
      code: fieldUnsendable,
      message: 'the header field "X-Bad" cannot be sent',
    })
  }
  for (const name of ['', 'a b', 'a:', 'a\r\nb', 'ä', '(x)', 'a\0', ':method', 'a\t']) {
    t.throws(() => fieldLines([name, 'x']), { code: fieldUnsendable }, JSON.stringify(name))
  }
})

t.test('lines join the next head, and nothing else', async t => {
  const socket = new PassThrough() as unknown as Socket
  const written = (): string => String(socket.read() ?? '')
  const joining = joinHeads(socket)

  joining.lines = 'A: 1\r\nB: 2\r\n'
  socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n', 'latin1')
  t.equal(written(), 'GET / HTTP/1.1\r\nhost: h\r\nA: 1\r\nB: 2\r\n\r\n')

  socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n', 'latin1')
  t.equal(written(), 'GET / HTTP/1.1\r\nhost: h\r\n\r\n', 'once')

  joining.lines = 'A: ü\r\n'
  socket.write('POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n', 'latin1')
  socket.write('\r\n1\r\n', 'latin1')
  socket.write(Buffer.from('x'))
  t.equal(
    Buffer.from(written()).toString(),
    'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nA: \ufffd\r\n\r\n1\r\nx',
    'a head whose empty line comes with the body; bytes stay bytes',
  )

  joining.lines = 'A: 1\r\n'
  socket.write(Buffer.from('bytes'))
  t.equal(written(), 'bytes', 'a head is text')
  t.equal(joining.lines, 'A: 1\r\n')
})
