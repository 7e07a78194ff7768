import t from 'tap'
import type { Stepper } from '../../src/stepper/stepper.ts'
import { frame, smallest } from '../../src/terminal/frame.ts'
import { lineWidth, paint } from '../../src/terminal/line.ts'
import type { Size } from '../../src/terminal/screen.ts'
import { freshUi, type Ui } from '../../src/terminal/ui.ts'
import { stepperOn } from './support.ts'

const rowsOf = (
  { view }: Stepper,
  size: Size = { columns: 100, rows: 30 },
  ui: Ui = freshUi,
): readonly string[] =>
  frame(view, ui, 'a.xml', size).lines.map(line =>
    paint(line, { columns: size.columns - 1, colours: false }),
  )

const atTakeover = async (): Promise<Stepper> => {
  const stepper = await stepperOn()
  stepper.answer('refused')
  stepper.toNetwork()
  return stepper
}

t.test('the smallest screen has something of every part', async t => {
  const rows = rowsOf(await atTakeover(), smallest)
  t.equal(
    rows.slice(0, 13).join('\n'),
    `\
a.xml   request 1, clock 0 s, code AFF>REFUSED>RR
GET http://yourWebServer/snoop
cookie: JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031
── what comes next ────────────────────────────────────────
next: The request goes to PluginMember2 at
      http://127.0.0.1:9086, attempt 2; unless told
      otherwise: all is well, status 200
rule: The server has 5 s to accept the connection …
── servers ────────────────────────────────────────────────
PluginCluster: Round Robin, RetryInterval 60 s
  server      clone ID state retry weight pend fail aff tot
  Plugi…mber1 v544d031 down   60 s    1/1    0    1   1   0
> Plugi…mber2 v544d0o0 up        -    0/1    1    0   0   0`,
  )
  t.equal(rows.length, smallest.rows)
})

t.test('every size is filled and none overflows, whatever the request and the servers', async t => {
  const long = 'x'.repeat(300)
  const steppers = [
    await atTakeover(),
    await stepperOn('weights.xml', { headers: { a: long, b: '漢'.repeat(200) }, bodyBytes: 5 }),
    await stepperOn('backups.xml', { url: `http://www.example.com/bank/${long}`, cookie: long }),
  ]
  steppers[2]?.toEnd()
  for (const stepper of steppers) {
    for (let columns = smallest.columns; columns < 200; columns += 7) {
      for (let rows = smallest.rows; rows < 60; rows += 3) {
        const shown = rowsOf(stepper, { columns, rows })
        t.equal(shown.length, rows)
        const widest = Math.max(...shown.map(row => lineWidth([row])))
        t.ok(widest < columns, `${widest} of ${columns}`)
      }
    }
  }
})

t.test('of many servers the one concerned is on the screen', async t => {
  const stepper = await stepperOn('weights.xml', { url: 'http://a/steps/', cookie: undefined })
  const rows = rowsOf(stepper, smallest)
  t.match(rows.join('\n'), /… \d+ more lines/)
  stepper.toNetwork()
  t.match(rowsOf(stepper, smallest).join('\n'), /^> /m)
})

t.test(
  'the function names of the plug-in stand beside the decisions where there is room',
  async t => {
    const stepper = await atTakeover()
    t.match(
      rowsOf(stepper, { columns: 120, rows: 30 }).join('\n'),
      'ws_common: websphereFindTransport',
    )
    t.notMatch(rowsOf(stepper, { columns: 80, rows: 30 }).join('\n'), 'websphereFindTransport')
  },
)

t.test('the newest decisions are visible unless they are scrolled away', async t => {
  const stepper = await atTakeover()
  const size = { columns: 80, rows: 24 }
  t.match(rowsOf(stepper, size).join('\n'), / 20 {2}Its http transport/)
  const up = frame(stepper.view, { ...freshUi, scrolled: 10_000 }, 'a.xml', size)
  t.ok((up.scrolled ?? 0) < 100, 'no further than to the first')
  const rows = rowsOf(stepper, size, { ...freshUi, scrolled: 10_000 })
  t.match(rows.join('\n'), /^ {2}1 {2}Route 1 matches/m)
})

t.test('a screen that is too small says so', async t => {
  t.same(rowsOf(await stepperOn(), { columns: 40, rows: 10 }), [
    'This terminal has 40 columns and 10',
    'rows; the debugger needs 60 and 20.',
    'Make it larger, or press q to quit.',
  ])
})
