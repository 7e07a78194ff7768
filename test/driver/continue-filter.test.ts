import t from 'tap'
import { ContinueFilter } from '../../src/driver/continue-filter.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const goOn = 'HTTP/1.1 100 Continue\r\nX-Any: thing\r\n\r\n'
const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'

/** What the parser gets, in the pieces in which it gets it. */
const filtered = (pieces: readonly string[]) => {
  const filter = new ContinueFilter()
  filter.begin()
  const passed = pieces.flatMap(piece => filter.take(Buffer.from(piece, 'latin1')) ?? [])
  return { filter, text: Buffer.concat(passed).toString('latin1') }
}

for (const [title, sent, wanted, skipped] of [
  ['an answer alone is passed on', ok, ok, 0],
  ['a 100 before it is taken out', goOn + ok, ok, 1],
  [
    'several are taken out, and what lies between them stays',
    goOn + hints + goOn + ok,
    hints + ok,
    2,
  ],
  ['what looks like a 100 in a body stays', `${ok}${goOn}`, `${ok}${goOn}`, 0],
  [
    'a 101 is an answer, and what follows it is not looked at',
    'HTTP/1.1 101 Go\r\n\r\n\x81',
    'HTTP/1.1 101 Go\r\n\r\n\x81',
    0,
  ],
  [
    'what is no HTTP is left to the parser',
    'SSH-2.0-OpenSSH_9.2\r\n',
    'SSH-2.0-OpenSSH_9.2\r\n',
    0,
  ],
] as const) {
  t.test(`before an answer: ${title}`, async t => {
    const whole = filtered([sent])
    t.equal(whole.text, wanted)
    t.equal(whole.filter.skipped, skipped)
    t.equal(whole.filter.looking, false)
    t.equal(filtered([...sent]).text, wanted, 'byte by byte')
    for (let cut = 1; cut < sent.length; cut++) {
      t.equal(filtered([sent.slice(0, cut), sent.slice(cut)]).text, wanted)
    }
  })
}

t.test('a server that goes on saying 100 is left to the parser', async t => {
  const { filter, text } = filtered([goOn.repeat(101)])
  t.equal(filter.skipped, 100)
  t.equal(text, goOn)
})

t.test('a head without an end is not collected for ever', async t => {
  const { text } = filtered(['HTTP/1.1 100 Continue\r\n', 'X-A: b\r\n'.repeat(9000)])
  t.equal(text.length, 'HTTP/1.1 100 Continue\r\n'.length + 72_000)
})

t.test('between answers nothing is taken out', async t => {
  const filter = new ContinueFilter()
  t.equal(filter.take(Buffer.from(goOn))?.toString(), goOn)
})

t.test('a status line without an end is found, and one that is only long is not', async t => {
  const start = 'HTTP/1.1 200 '
  const { filter } = filtered([start, ...Array.from({ length: 70 }, () => 'x'.repeat(1000))])
  t.equal(filter.lineTooLong, true)
  t.equal(
    filtered([`${start}${'x'.repeat(60_000)}\r\n`, 'x'.repeat(70_000)]).filter.lineTooLong,
    false,
  )
  t.equal(filtered([goOn, ok, 'x'.repeat(70_000)]).filter.lineTooLong, false)
  filter.begin()
  t.equal(filter.lineTooLong, false, 'each answer is measured anew')
})
