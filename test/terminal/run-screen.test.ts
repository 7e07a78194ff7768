import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import type { Session } from '../../src/terminal/perform.ts'
import { runScreen } from '../../src/terminal/run-screen.ts'
import { type FakeTerminal, fakeTerminal, sessionOn } from './support.ts'

const never = new Promise<void>(() => {})
const esc = '\u001b'

/** A debugger on a terminal, quit at the end of the test. */
const started = async (
  t: Test,
  terminal: FakeTerminal = fakeTerminal(),
  session?: Session,
): Promise<{ terminal: FakeTerminal; session: Session; left: Promise<void> }> => {
  const running = session ?? (await sessionOn())
  const left = runScreen(running, 'figure-5-12.xml', terminal, never)
  t.teardown(async () => {
    terminal.hangUp()
    await left
  })
  return { terminal, session: running, left }
}

const text = (terminal: FakeTerminal): string => terminal.screen().join('\n')
/** The same with broken lines put together. */
const words = (terminal: FakeTerminal): string => terminal.screen().join(' ')
/** The line above the keys. */
const message = (terminal: FakeTerminal): string | undefined => terminal.screen().at(-3)

/** Writing a file takes as long as it takes. */
const shown = async (terminal: FakeTerminal, wanted: string): Promise<void> => {
  while (!words(terminal).includes(wanted)) await new Promise(resolve => setTimeout(resolve, 1))
}

/*
 * Screens of the documented failover as somebody sees them who presses the keys behind `keys:`. Recorded as the session
 * in script.test.ts.
 */
const recordedScreens = resolve(import.meta.dirname, 'sessions/figure-5-12.screens.txt')
const pressed = ['r', 'a', 'r', 'r', 'e', 'BBB', 'a5', 'r', 'e'] as const

t.test('the screens of figure 5-12 to the takeover, back, and with a 503 instead', async t => {
  const { terminal } = await started(t, fakeTerminal({ columns: 100, rows: 30 }))
  const screens = [`keys: none\n\n${text(terminal)}\n`]
  for (const keys of pressed) {
    await terminal.type(keys)
    screens.push(`keys: ${keys}\n\n${text(terminal)}\n`)
  }
  const shown = screens.join(`\n${'='.repeat(99)}\n\n`)
  if (process.env.RECORD_SESSIONS) await writeFile(recordedScreens, shown)
  t.equal(shown, await readFile(recordedScreens, 'utf8'))
})

t.test('keys step, run, go back and scroll', async t => {
  const { terminal, session } = await started(t, fakeTerminal({ columns: 80, rows: 24 }))
  const { stepper } = session
  for (const key of ['n', ' ', `${esc}[C`, '\r']) await terminal.type(key)
  t.equal(stepper.view.trace.length, 4)
  await terminal.type(`b${esc}[D`)
  t.equal(stepper.view.trace.length, 2)
  await terminal.type('0')
  t.equal(stepper.view.trace.length, 0)
  await terminal.type('e')
  t.equal(stepper.view.next.kind, 'end')
  await terminal.type('B')
  t.match(stepper.view.next, { kind: 'network', step: { kind: 'relay' } })
  t.notMatch(text(terminal), /^ {2}1 {2}Route 1/m)
  await terminal.type(`${esc}[5~${esc}[5~${esc}[A`)
  t.match(text(terminal), /decisions so far: 8, \d+ lines below/)
  t.match(text(terminal), /^ {2}1 {2}Route 1/m)
  await terminal.type(`${esc}[6~${esc}[B`)
  await terminal.type(`${esc}[F`)
  t.match(text(terminal), /decisions so far: 8 ─/)
})

t.test('one key chooses what the network answers', async t => {
  const keys = [
    ['o', 'served'],
    ['r', 'refused'],
    ['c', 'connect-timeout'],
    ['x', 'reset'],
    ['f', 'reset'],
    ['p', 'reset'],
    ['i', 'read-timeout'],
    ['5', 'status-503'],
    ['u', 'unreachable'],
    ['m', 'malformed'],
  ] as const
  for (const [key, cause] of keys) {
    const { terminal, session } = await started(t)
    await terminal.type(`ra${key}`)
    const { stepper } = session
    stepper.toEnd()
    const records = stepper.view.trace.map(({ record }) => record)
    t.ok(
      records.some(
        record =>
          (record.kind === 'fail' && record.cause === cause) ||
          (cause === 'served' && record.kind === 'outcome' && record.result === 'served'),
      ),
      `${key}: ${cause}`,
    )
  }
})

t.test('an answer that cannot be is explained, and nothing happens', async t => {
  const { terminal, session } = await started(t)
  await terminal.type('rat')
  t.match(message(terminal), /TLS cannot fail; choose something else$/)
  t.equal(session.stepper.view.next.kind, 'network')
  await terminal.type('az')
  t.match(text(terminal), 'z is not in this menu; Esc leaves it')
  await terminal.type(`${esc}`)
  t.notMatch(text(terminal), 'What does the network do?')
})

t.test('another status is asked for', async t => {
  const { terminal, session } = await started(t)
  await terminal.type('ras700\r')
  t.match(text(terminal), '700 is not a status; write one from 200 to 599')
  await terminal.type('\u007f\u007f\u007f404\re')
  t.match(session.stepper.view.ended, /status 404/)
})

t.test('servers are marked by number, by name and by completed name', async t => {
  const { terminal, session } = await started(t)
  const healths = () =>
    session.stepper.view.state.clusters[0]?.servers.map(({ health }) => health).join(' ')
  await terminal.type('d')
  t.match(text(terminal), /1 PluginMember1 +2 PluginMember2/)
  await terminal.type('2\r')
  t.equal(healths(), 'up down')
  t.match(message(terminal), 'PluginMember2 is marked down by hand')
  await terminal.type('dpl\t1\r')
  t.equal(healths(), 'down down')
  await terminal.type('uPluginMember2\r')
  t.equal(healths(), 'down up')
  await terminal.type('unobody\r')
  t.match(text(terminal), 'no server is named "nobody"')
  t.match(text(terminal), 'Mark which server up?')
})

t.test('R5 the clock is moved, by the time that is left if nobody says otherwise', async t => {
  const { terminal, session } = await started(t)
  await terminal.type('d1\rt\r')
  t.equal(session.stepper.view.now, 60_000)
  t.match(text(terminal), /PluginMember1 .* down +now /)
  await terminal.type('t1.5\r')
  t.equal(session.stepper.view.now, 61_500)
})

t.test('the next request is sent with the cookies of the user', async t => {
  const { terminal, session } = await started(t)
  await terminal.type('arers')
  t.match(session.stepper.view, {
    requestNumber: 2,
    request: { cookie: /:v544d031:v544d0o0$/ },
  })
  await terminal.type('S/x\r')
  t.match(session.stepper.view, {
    requestNumber: 3,
    request: { url: 'http://yourWebServer/snoop/x' },
  })
})

t.test('every part of the request can be edited', async t => {
  const { terminal, session } = await started(t)
  await terminal.type('xu/x\r')
  await terminal.type('xm\u0015PO\t\r')
  await terminal.type('xhAccept: a\r')
  await terminal.type('xc\u0015none\r')
  await terminal.type('xb0\r')
  t.strictSame(session.stepper.view.request, {
    url: 'http://yourWebServer/snoop/x',
    method: 'POST',
    headers: { accept: 'a' },
    cookie: undefined,
    bodyBytes: 0,
  })
  await terminal.type('xh1')
  await terminal.type('\u0015accept:\r')
  t.same(session.stepper.view.request.headers, {})
})

t.test('breakpoints are set, shown and taken away', async t => {
  const { terminal, session } = await started(t, fakeTerminal({ columns: 140, rows: 30 }))
  await terminal.type('ps2\r')
  await terminal.type('pkmark-down\r')
  await terminal.type('pc1\r')
  t.match(text(terminal), 'stops at server PluginMember2, kind mark-down, cluster PluginCluster')
  await terminal.type('p')
  t.match(text(terminal), /2 take away: kind mark-down/)
  await terminal.type('3')
  await terminal.type('are')
  t.match(session.stepper.view.next, { kind: 'decision', record: { kind: 'mark-down' } })
  t.match(message(terminal), 'stopped: breakpoint kind mark-down')
  await terminal.type('pa')
  t.same(session.stepper.view.breakpoints, [])
})

t.test('a scenario is not written over a file without asking', async t => {
  const folder = t.testdir({ 'there.json': 'mine' })
  const { terminal } = await started(t)
  const file = join(folder, 'there.json')
  await terminal.type(`ew\u0015${file}\r`)
  await shown(terminal, 'there.json exists. Replace it?')
  await terminal.type('n')
  t.equal(await readFile(file, 'utf8'), 'mine')
  await terminal.type(`w\u0015${file}\r`)
  await shown(terminal, 'Replace it?')
  await terminal.type('y')
  await shown(terminal, 'saved; replay it with: plugin-cfg simulate')
  t.match(JSON.parse(await readFile(file, 'utf8')), { title: 'A test', steps: Array })
  await terminal.type(`w\u0015${folder}/no/x.json\r`)
  await shown(terminal, 'there is no such folder; write another name')
  t.match(text(terminal), 'Save as')
})

t.test('any command can be written behind a colon', async t => {
  const { terminal, session } = await started(t)
  await terminal.type(':next 3\r')
  t.equal(session.stepper.view.trace.length, 3)
  await terminal.type(':netw\t\r')
  t.equal(session.stepper.view.next.kind, 'network')
  await terminal.type(':nxt\r')
  t.match(text(terminal), 'unknown command "nxt"; did you mean next?')
  await terminal.type(`${esc}:help\r`)
  t.match(text(terminal), '── help')
})

t.test('the help scrolls, and another key leaves it', async t => {
  const { terminal } = await started(t, fakeTerminal({ columns: 80, rows: 24 }))
  await terminal.type('?')
  t.match(text(terminal), 'next: step over one decision')
  t.match(text(terminal), /↓ \d+ more lines/)
  await terminal.type(`${esc}[6~${esc}[6~${esc}[6~${esc}[6~${esc}[6~${esc}[6~${esc}[6~   `)
  t.match(text(terminal), 'kinds of decisions:')
  await terminal.type(`${esc}[H`)
  t.match(text(terminal), 'next: step over one decision')
  await terminal.type('x')
  t.match(text(terminal), 'what comes next')
})

t.test('a key that means nothing says where to look', async t => {
  const { terminal } = await started(t)
  await terminal.type('z')
  t.equal(message(terminal), 'z does nothing here; ? is help')
})

t.test('the screen follows its size, down to none at all', async t => {
  const { terminal, session } = await started(t)
  for (const size of [
    { columns: 160, rows: 50 },
    { columns: 80, rows: 24 },
    { columns: 60, rows: 20 },
    { columns: 59, rows: 20 },
    { columns: 60, rows: 19 },
    { columns: 20, rows: 3 },
    { columns: 1, rows: 1 },
    { columns: 0, rows: 0 },
  ]) {
    terminal.written.length = 0
    await terminal.resize(size)
    for (const keys of ['a', esc, 'd', esc, 'x', esc, 'pk', esc, '?', esc, 'n']) {
      await terminal.type(keys)
      t.equal(terminal.screen().length, size.rows, `${size.columns} by ${size.rows}`)
    }
    if (size.columns > 2 && (size.columns < 60 || size.rows < 20)) {
      const words = text(terminal).replaceAll('\n', ' ')
      t.match(words, `This terminal has ${size.columns} columns`.slice(0, size.columns - 3))
    }
  }
  t.ok(session.stepper.view.trace.length > 0, 'keys count all the same')
})

t.test('names and requests cannot play tricks on the terminal', async t => {
  const request = { cookie: `a=${esc}[2J\u0007\u202e漢字`, headers: { 'x-y': '\u009b31m' } }
  const { terminal } = await started(t, fakeTerminal(), await sessionOn(undefined, request))
  await terminal.type('re')
  t.match(text(terminal), 'a=\\u001b[2J\\u0007\\u202e漢字')
  const output = terminal.written.join('')
  t.notOk(['\u0007', '\u202e', '\u009b'].some(each => output.includes(each)))
})

t.test('a frame is written in one piece, without clearing the screen before', async t => {
  const { terminal } = await started(t)
  terminal.written.length = 0
  await terminal.type('n')
  t.equal(terminal.written.length, 1)
  t.notMatch(terminal.written[0], `${esc}[2J`)
  await terminal.type('\f')
  t.equal(terminal.written[1], `${esc}[2J`)
})

t.test('colours only where they are wanted', async t => {
  const coloured = await started(t, fakeTerminal(undefined, { colours: true }))
  await coloured.terminal.type('r')
  t.match(coloured.terminal.written.join(''), `${esc}[1;7m> PluginMember1`)
  const plain = await started(t)
  await plain.terminal.type('r')
  const sequences = plain.terminal.written.join('').split(esc).slice(1)
  t.notOk(sequences.some(each => /^\[[\d;]*m/.test(each)))
})

t.test('the cursor stands where text is written, and is hidden elsewhere', async t => {
  const { terminal } = await started(t)
  await terminal.type(':ne')
  t.match(terminal.written.at(-1), /\[30;5H.\[\?25h$/)
  await terminal.type(esc)
  t.notMatch(terminal.written.at(-1), `${esc}[?25h`)
})

t.test('Ctrl-Z suspends, a sequence in two pieces is one key', async t => {
  const { terminal, session } = await started(t)
  await terminal.type('\u001a')
  t.equal(terminal.suspended(), 1)
  await terminal.type(`n${esc}[`)
  await terminal.type('D')
  t.equal(session.stepper.view.trace.length, 0)
})

for (const [title, leave] of [
  ['q', (terminal: FakeTerminal) => terminal.type('q')],
  ['Ctrl-C', (terminal: FakeTerminal) => terminal.type('\u0003')],
  ['Ctrl-C in a dialog', (terminal: FakeTerminal) => terminal.type('d\u0003')],
  ['the end of input', async (terminal: FakeTerminal) => terminal.hangUp()],
] as const) {
  t.test(`${title} leaves, and the terminal is closed`, async t => {
    const terminal = fakeTerminal()
    const left = runScreen(await sessionOn(), 'x', terminal, never)
    t.ok(terminal.isOpen())
    await leave(terminal)
    await left
    t.notOk(terminal.isOpen())
  })
}

t.test('a signal leaves, and the terminal is closed', async t => {
  const terminal = fakeTerminal()
  await runScreen(await sessionOn(), 'x', terminal, Promise.resolve())
  t.notOk(terminal.isOpen())
})

t.test('an exception closes the terminal before it is thrown on', async t => {
  const terminal = fakeTerminal()
  const session = await sessionOn()
  const broken: Session = {
    ...session,
    stepper: new Proxy(session.stepper, {
      get: (target, name) => {
        if (name === 'next') throw new TypeError('broken')
        return Reflect.get(target, name, target)
      },
    }),
  }
  const left = runScreen(broken, 'x', terminal, never)
  void terminal.type('n')
  await t.rejects(left, { message: 'broken' })
  t.notOk(terminal.isOpen())
})
