import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import t from 'tap'
import { runScript } from '../../src/terminal/script.ts'
import { sessionOn } from './support.ts'

/** Runs a script; what it printed, and whether all of it could be carried out. */
const played = async (script: string, file?: string, columns?: number) => {
  const session = await sessionOn(file)
  let out = ''
  let err = ''
  const done = await runScript(script, session, {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    columns,
    name: 'test',
  })
  return { out, err, done, view: session.stepper.view }
}

/*
 * A recorded session: what was typed stands behind an empty line and `> `, everything else is what came of it. To record it anew after a
 * change of wording, run this test with RECORD_SESSIONS=1 and look at what git says.
 */
const recordedSession = resolve(import.meta.dirname, 'sessions/figure-5-12.txt')

t.test(
  'figure 5-12 forward to the takeover, back, and with a 503 in place of the refusal',
  async t => {
    const recorded = await readFile(recordedSession, 'utf8')
    const typed = [...recorded.matchAll(/\n\n> (.*)/g)].map(([, line]) => line)
    const { out, err, done, view } = await played(typed.join('\n'))
    t.ok(done)
    t.equal(err, '')
    if (process.env.RECORD_SESSIONS) await writeFile(recordedSession, out)
    else t.equal(out, recorded)

    const [refused = '', answered503 = ''] = out.split('\n> answer 503\n')
    t.match(refused, /^ 10 {2}PluginMember1 is marked down/m)
    t.match(
      refused,
      /^end: .* PluginMember2 answers with status 200, 2 attempts, code AFF>REFUSED>RR$/m,
    )
    t.notMatch(answered503, /is marked down/, 'F11 a 503 does not mark the server down')
    t.match(
      answered503,
      /^end: .* PluginMember2 answers with status 200, 2 attempts, code AFF>503>RR$/m,
    )
    t.match(view.state.clusters[0]?.servers, [
      { name: 'PluginMember1', health: 'up', failed: 0 },
      { name: 'PluginMember2', health: 'up', total: 1 },
    ])
  },
)

t.test('comments, empty lines and the case of words do not count', async t => {
  const { out, err, done, view } = await played('# go\n\n  NEXT  \r\n   next 2\n\n')
  t.ok(done)
  t.equal(err, '')
  t.equal(view.trace.length, 3)
  t.match(out, /\n> NEXT\n {2}1 {2}Route 1 matches/)
  t.match(out, /\n> next 2\n {2}2 {2}Cookie .*\n {2}3 {2}v544d031 is the clone ID/)
})

t.test('every line is read before the first is run, and all that is wrong is said', async t => {
  const { out, err, done, view } = await played('next\nnxt\n# fine\n  answer refuse\nback on\n')
  t.notOk(done)
  t.equal(out, '')
  t.equal(view.trace.length, 0)
  t.equal(
    err,
    [
      'test:2:1: nxt: unknown command "nxt"; did you mean next?',
      'test:4:10: answer refuse: "refuse" is no answer; did you mean refused?',
      'test:5:6: back on: "on" is no place to go back to; write back [N | network | start]',
      '',
    ].join('\n'),
  )
})

t.test('a command that cannot be carried out ends the script', async t => {
  const { err, done, view } = await played('next\ndown PluginMember3\nnext\nnext\n')
  t.notOk(done)
  t.equal(view.trace.length, 1)
  t.equal(
    err,
    'test:2:1: down PluginMember3: no server is named "PluginMember3" (servers: PluginMember1, PluginMember2); did you mean PluginMember1?\n' +
      'the 2 commands behind it did not run\n',
  )
})

t.test('quit ends the script before the rest', async t => {
  const { done, view } = await played('next\nquit\nback 100000\ndown nobody\n')
  t.ok(done)
  t.equal(view.trace.length, 1)
})

t.test('sentences are broken to fit, names are made safe', async t => {
  const { out } = await played(
    'edit header x-\u001b: 1\nedit cookie a\u001b[31mb\u202e\nend\nsave /nowhere\u0007/x\n',
    undefined,
    80,
  )
  t.equal(out, '')
  const safe = await played('edit cookie a\u001b[31mb\u202e\nend\n', undefined, 80)
  t.ok(safe.done)
  t.match(safe.out, 'cookie: a\\u001b[31mb\\u202e')
  t.notMatch(safe.out, /[\u202e]/)
  for (const line of safe.out.split('\n')) t.ok(line.length <= 80, line)
})

t.test('R5 down, wait and send: the next request of the user is the probe', async t => {
  const { out, view } = await played(
    'down PluginMember1\nend\nwait 60\nsend\nnetwork\nshow\nend\ntrace\n',
  )
  t.match(out, '\nPluginMember1 is marked down by hand\n')
  t.match(out, '\n60 s have passed\n')
  t.match(
    out,
    /request 2 of the same user\nGET .*\ncookie: .*:v544d031:v544d0o0\nrequest 2, clock 60 s\n/,
  )
  t.match(out, /\n> PluginMember1 {2}v544d031 {2}primary {2}probing /)
  t.match(out, 'PluginMember1 has answered its probe and is marked up')
  t.match(view, { requestNumber: 2, ended: /^PluginMember1 answers/ })
  t.match(out.slice(out.indexOf('\n> trace\n')), /^\n> trace\n {2}1 {2}Route 1 matches/)
})

t.test('send in the middle of a request tells how that one ended', async t => {
  const { out } = await played('next\nsend http://yourWebServer/other\nend\n')
  t.match(out, /answers with status 200, 1 attempt .*\nrequest 1 has been run to its end\n/)
  t.match(out, '\nGET http://yourWebServer/other\n')
  t.match(
    out,
    'end:  The request has ended: The request is left to the web server, code DECLINED\n',
  )
})

t.test('an answer first goes on to the network, and that is told before it', async t => {
  const { out } = await played('answer refused\n')
  t.match(
    out,
    /> answer refused\n {2}1 {2}Route 1[\s\S]*\n {2}6 {2}Its http .*\nchosen: connection refused\n/,
  )
})

t.test('a breakpoint stops and says so; without it the request runs through', async t => {
  const { out, view } = await played(
    'break server PluginMember2\nbreak kind outcome\nanswer refused\nend\nunbreak server PluginMember2\nend\nunbreak all\n',
  )
  t.match(out, '\nstopped: breakpoint server PluginMember2\n')
  t.match(out, '\nstopped: breakpoint kind outcome\n')
  t.match(out, '\nthere are no breakpoints now\n')
  t.equal(view.next.kind, 'decision')
})

t.test('at the end there is nothing to step over, and that is no failure', async t => {
  const { out, done } = await played('end\nnext\n')
  t.ok(done)
  t.match(out, '> next\nthe request has ended; send sends the next one, back goes back\n')
})

t.test('time and marks in the middle of a decision make it anew', async t => {
  const { out, view } = await played('next 4\ndown PluginMember1\n')
  t.match(out, 'the decision is made again, from behind step 0')
  t.equal(view.trace.length, 0)
})

t.test('back to the start, to the network and beyond', async t => {
  const { out } = await played('end\nback start\nnext\nback network\n')
  t.match(out, '> back start\nback at the beginning\n')
  t.match(out, '> back network\nback at the beginning; the network has not acted before this\n')
  const { err } = await played('back\n')
  t.match(err, 'test:1:1: back: this is the beginning; there is nothing to go back to\n')
})

t.test('edits begin the request again, each field on its own', async t => {
  const { out, view, done } = await played(
    [
      'next',
      'edit url http://yourWebServer/snoop/x',
      'edit method POST',
      'edit header Accept: text/html',
      'edit header X-One: 1',
      'edit header accept:',
      'edit cookie none',
      'edit body 12',
    ].join('\n'),
  )
  t.ok(done)
  t.match(out, 'the request begins again')
  t.strictSame(view.request, {
    url: 'http://yourWebServer/snoop/x',
    method: 'POST',
    headers: { 'x-one': '1' },
    cookie: undefined,
    bodyBytes: 12,
  })
  const gone = await played('edit header accept:\n')
  t.match(gone.err, 'the request has no header "accept" to take away')
})

t.test('help lists every command, answer and kind', async t => {
  const { out } = await played('help\n')
  for (const word of [
    'next',
    'unbreak',
    'replace',
    'reset-pooled',
    'gone',
    'mark-down',
    'weights',
  ]) {
    t.match(out, new RegExp(`\\b${word}\\b`))
  }
})

t.test('before the Route is known every cluster is shown', async t => {
  const { out } = await played('show\n', 'weights.xml')
  t.match(out, /^Steps: Round Robin/m)
  t.match(out, /^Drawn: Random/m)
})
