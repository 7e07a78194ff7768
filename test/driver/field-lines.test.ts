import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { seededRandom } from '../../src/core/router.ts'
import { fieldLines, joinHeads, RepeatedLines } from '../../src/driver/field-lines.ts'
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

t.test('what a connection repeats gives the same lines, whatever came before', async t => {
  // Seldom anything else than the last time; sometimes longer, or more, than is remembered.
  const random = seededRandom(7)
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const repeated = new RepeatedLines()
  let list: string[] = []
  const seen = { same: 0, other: 0 }
  for (let step = 0; step < 5000; step++) {
    if (random() < 0.5) {
      const at = Math.floor(random() * (list.length / 2 + 1)) * 2
      const value = oneOf(['1', '2', 'ü', '', 'x'.repeat(oneOf([1000, 1100, 5000]))])
      if (random() < 0.3) list = list.toSpliced(at, 2)
      else list = list.toSpliced(at, oneOf([0, 2]), oneOf(['A', 'B', 'a']), value)
      if (list.length > 80) list = list.slice(oneOf([0, 40, 70]))
      seen.other++
    } else seen.same++
    if (repeated.of([...list]) !== fieldLines(list)) t.fail(`step ${step}`, { list })
  }
  t.ok(seen.same > 2000 && seen.other > 2000, JSON.stringify(seen))
})

t.test(
  'a field that cannot be sent is refused as often as it comes, and spoils no other',
  async t => {
    const repeated = new RepeatedLines()
    repeated.of(['A', '1', 'B', '2'])
    for (let i = 0; i < 3; i++) {
      const bad = { code: fieldUnsendable, message: 'the header field "B" cannot be sent' }
      t.throws(() => repeated.of(['A', '2', 'B', '1\r\nC: 3']), bad)
      t.throws(() => repeated.of(['A', '1', 'B', '2', 'a:b', '']), { code: fieldUnsendable })
      t.equal(repeated.of(['A', '1', 'B', '2']), 'A: 1\r\nB: 2\r\n')
    }
  },
)

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
