import t from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import {
  choiceCodes,
  endCodes,
  failCodes,
  missedCodes,
  obstacleCodes,
} from '../../src/core/reason-code.ts'
import type { RestorableRouter } from '../../src/core/router.ts'
import type { FailureCause, Outcome } from '../../src/core/step.ts'
import { cluster, config, only, route, server, transport } from '../support/configs.ts'
import { answered, failed, type Lab, lab, ok } from '../support/lab.ts'

const members = (count: number, over = {}, each = {}): PluginConfig =>
  only(
    cluster(
      Array.from({ length: count }, (_, i) => server(String.fromCharCode(65 + i), each)),
      over,
    ),
  )
const pair = (over = {}, a = {}, b = {}): PluginConfig =>
  only(cluster([server('A', a), server('B', b)], over))
const pairAndUnlisted = only(
  cluster([server('A'), server('B'), server('N')], { primaryServers: ['A', 'B'] }),
)
const withBackup = pair({ primaryServers: ['A'], backupServers: ['B'] })

const refused = failed('refused')

/** Takes servers down, each with a request of its own session. */
const down = (l: Lab, ...names: readonly string[]): void => {
  for (const name of names) {
    const exchange = l.session(name.toLowerCase())
    exchange.report(refused)
    exchange.report(ok)
  }
}

/** Begins a request, tells it what happened, and returns its code. */
const after = (exchange: ReturnType<Lab['request']>, ...outcomes: readonly Outcome[]): string => {
  for (const outcome of outcomes) exchange.report(outcome)
  return exchange.code
}

interface Case {
  readonly title: string
  readonly code: string
  readonly config: PluginConfig
  readonly options?: RouterOptions
  act(l: Lab): string
}

const streaming: Outcome = { kind: 'answered', status: 200, streaming: true }
const body = { method: 'POST', body: 5 }

const cases: readonly Case[] = [
  {
    title: 'the server of the session answers',
    code: 'AFF',
    config: pair(),
    act: l => after(l.session('b'), ok),
  },
  {
    title: 'a request without a session',
    code: 'RR',
    config: pair(),
    act: l => after(l.request(), ok),
  },
  {
    title: 'C2 the server of the session is marked down',
    code: 'AFF>DOWN>RR',
    config: pair(),
    act: l => {
      down(l, 'A')
      return after(l.session('a'), ok)
    },
  },
  {
    title: 'the server of the session is at MaxConnections',
    code: 'AFF>BUSY>RR',
    config: pair({}, { maxConnections: 1 }),
    act: l => {
      l.session('a')
      return after(l.session('a'), ok)
    },
  },
  {
    title: 'the server of the session is stopped',
    code: 'AFF>STOPPED>RR',
    config: pair(),
    act: l => {
      ;(l.router as RestorableRouter).administer('Cluster', 'A', 'stopped')
      return after(l.session('a'), ok)
    },
  },
  {
    title: 'every server is draining or stopped',
    code: 'ALLOUT',
    config: pair(),
    act: l => {
      ;(l.router as RestorableRouter).administer('Cluster', 'A', 'stopped')
      ;(l.router as RestorableRouter).administer('Cluster', 'B', 'draining')
      return after(l.request())
    },
  },
  {
    title: 'no server has the clone ID of the session',
    code: 'AFF>NOCLONE>RR',
    config: pair(),
    act: l => after(l.session('zz'), ok),
  },
  {
    title: 'the server of the session is in neither list',
    code: 'AFF>NOCLONE>RR',
    config: pairAndUnlisted,
    act: l => after(l.session('n'), ok),
  },
  {
    title: 'H5 the owner of a partition is in neither list, and marked down',
    code: 'AFF>DOWN>RR',
    config: pairAndUnlisted,
    options: { partitionTables: { Cluster: { '4711': ['n'] } } },
    act: l => {
      after(l.session('4711'), refused, ok)
      return after(l.session('4711'), ok)
    },
  },
  {
    title: 'the server of the session refuses, and that it is down by then is not written',
    code: 'AFF>REFUSED>RR',
    config: pair(),
    act: l => after(l.session('a'), refused, ok),
  },
  {
    title: 'Q7 the server of the session is a backup, and primaries are preferred',
    code: 'AFF>BACK>RR',
    config: withBackup,
    options: { backupAffinity: false },
    act: l => after(l.session('b'), ok),
  },
  {
    title: 'K2 no primary is available',
    code: 'BACKUP',
    config: withBackup,
    act: l => {
      down(l, 'A')
      return after(l.request(), ok)
    },
  },
  {
    title: 'chance chooses',
    code: 'RAND',
    config: pair({ loadBalance: 'random' }),
    act: l => after(l.request(), ok),
  },
  {
    title: 'N4 there is one server',
    code: 'ONLY',
    config: members(1),
    act: l => after(l.request(), ok),
  },
  {
    title: '2.4 the next in the list follows',
    code: 'AFF>DOWN>NEXT',
    config: members(3),
    options: { affinityFailover: 'ordered' },
    act: l => {
      down(l, 'A')
      return after(l.session('a'), ok)
    },
  },
  {
    title: 'K11 the ClusterAddress is asked',
    code: 'CADDR',
    config: pair({ clusterAddress: { name: 'Address', transports: [transport()] } }),
    act: l => after(l.request(), ok),
  },
  {
    title: 'R13 everything is down and somebody is asked all the same',
    code: 'OLDEST',
    config: pair(),
    options: { allDown: 'probe' },
    act: l => {
      after(l.request(), refused, refused, refused)
      return after(l.request(), ok)
    },
  },
  {
    title: 'F6 the stream of the session was stale',
    code: 'AFF>STALE>SAME',
    config: pair(),
    act: l => after(l.session('a'), failed('reset', 'pooled'), ok),
  },
  {
    title: 'F11 another server is asked after a 503',
    code: 'RR>503>RR',
    config: pair(),
    act: l => after(l.request(), answered(503), ok),
  },
  {
    title: 'F11 the 503 of the last server is passed on',
    code: 'RR>503>RR',
    config: pair(),
    act: l => after(l.request(), answered(503), answered(503)),
  },
  {
    title: 'F11 a server said 503, the others cannot be reached',
    code: 'RR>503>RR>REFUSED>ALL503',
    config: pair(),
    act: l => after(l.request(), answered(503), refused),
  },
  {
    title: 'F18 the server has no transport for the scheme',
    code: 'RR>NOTRANS>RR',
    config: pair({}, {}, { transports: [transport({ protocol: 'https' })] }),
    act: l => after(l.request({ scheme: 'https' }), ok),
  },
  {
    title: 'F15 the client goes away while a server is asked',
    code: 'RR>ABORT',
    config: pair(),
    act: l => after(l.request(), { kind: 'client-aborted' }),
  },
  {
    title: 'F15 the client goes away while the answer is passed on',
    code: 'RR>ABORT',
    config: pair(),
    act: l => after(l.request(), streaming, { kind: 'client-aborted' }),
  },
  {
    title: 'F15 the client goes away before a server is chosen',
    code: 'ABORT',
    config: pair(),
    act: l => after(l.request(body), { kind: 'client-aborted' }),
  },
  {
    title: 'F14 the answer breaks off',
    code: 'RR>BROKEN',
    config: pair(),
    act: l => after(l.request(), streaming, failed('reset')),
  },
  {
    title: 'M6 no Route matches',
    code: 'DECLINED',
    config: config(),
    act: l => after(l.request()),
  },
  {
    title: 'E7 the Host cannot be understood',
    code: 'BADHOST',
    config: pair(),
    act: l => after(l.request({ host: 'a b' })),
  },
  {
    title: 'E7 the target cannot be understood',
    code: 'BADTARGET',
    config: pair(),
    act: l => after(l.request({ target: '/%zz' })),
  },
  {
    title: 'E3 the body of the client breaks off in memory',
    code: 'BADBODY',
    config: pair(),
    act: l => after(l.request(body), { kind: 'client-failed' }),
  },
  {
    title: 'E3 the body of the client breaks off on its way to a server',
    code: 'RR>BADBODY',
    config: pair({ postBufferSizeBytes: 0 }),
    act: l => after(l.request(body), { kind: 'client-failed' }),
  },
  {
    title: 'PostSizeLimit, before anything is read',
    code: 'TOOLARGE',
    config: pair({ postSizeLimitBytes: 4 }),
    act: l => after(l.request(body)),
  },
  {
    title: 'PostSizeLimit, while a server is asked',
    code: 'RR>TOOLARGE',
    config: pair({ postSizeLimitBytes: 4, postBufferSizeBytes: 0 }),
    act: l => after(l.request({ method: 'POST', body: 'unknown' }), { kind: 'body-too-large' }),
  },
  {
    title: 'Q4 the Route names no cluster',
    code: 'NOCLUSTER',
    config: config({ routes: [route('Nowhere')] }),
    act: l => after(l.request()),
  },
  {
    title: 'F17 no server can be used',
    code: 'NOSERVER',
    config: pair(),
    options: { transportUsable: () => false },
    act: l => after(l.request()),
  },
  {
    title: '§9 every server is marked down',
    code: 'ALLDOWN',
    config: pair(),
    act: l => {
      after(l.request(), refused, refused, refused)
      return after(l.request())
    },
  },
  {
    title: '§9 every server is marked down, and the session names one',
    code: 'AFF>DOWN>ALLDOWN',
    config: pair(),
    act: l => {
      after(l.request(), refused, refused, refused)
      return after(l.session('b'))
    },
  },
  {
    title: '§9 every server is at MaxConnections',
    code: 'ALLBUSY',
    config: pair({}, { maxConnections: 1 }, { maxConnections: 1 }),
    act: l => {
      l.request()
      l.request()
      return after(l.request())
    },
  },
  {
    title: 'every attempt fails',
    code: 'RR>REFUSED>RR>RESET>FAILED',
    config: pair(),
    act: l => after(l.request(), refused, failed('reset')),
  },
  {
    title: 'B4 the body cannot be sent again',
    code: 'RR>RESET>NOREPLAY',
    config: pair({ postBufferSizeBytes: 0 }),
    act: l => after(l.request(body), { kind: 'failed', cause: 'reset', bodySent: true }),
  },
  {
    title: 'the same obstacle twice is written once',
    code: 'RR>REFUSED>FAILED',
    config: pair(),
    act: l => after(l.request(), refused, refused),
  },
  {
    title: 'an obstacle that comes back after another one is written again',
    code: 'RR>REFUSED>RR>TLS>RR>REFUSED>RR',
    config: members(4),
    act: l => after(l.request(), refused, failed('tls'), refused, ok),
  },
  {
    title: 'four obstacles are written',
    code: 'RR>REFUSED>RR>TLS>RR>REFUSED>RR>TLS>RR',
    config: members(5),
    act: l => after(l.request(), refused, failed('tls'), refused, failed('tls'), ok),
  },
  {
    title: 'what comes after four obstacles is an ellipsis, until the last word',
    code: 'RR>REFUSED>RR>TLS>RR>REFUSED>RR>TLS>…>FAILED',
    config: members(6),
    act: l =>
      after(l.request(), refused, failed('tls'), refused, failed('tls'), refused, failed('tls')),
  },
  {
    title: 'the same obstacle again fits after four of them',
    code: 'RR>REFUSED>RR>TLS>RR>REFUSED>RR>TLS>RR',
    config: members(6),
    act: l => after(l.request(), refused, failed('tls'), refused, failed('tls'), failed('tls'), ok),
  },
]

for (const { title, code, config, options, act } of cases) {
  t.test(`${code}: ${title}`, async t => {
    t.equal(act(lab(config, options)), code)
  })
}

const causes = Object.keys(obstacleCodes).filter(
  name => !['stale', 'no-transport', 'status-503'].includes(name),
) as FailureCause[]
for (const cause of causes) {
  t.test(`RR>${obstacleCodes[cause]}>RR: an attempt fails with ${cause}`, async t => {
    const exchange = lab(pair()).request()
    t.equal(after(exchange, failed(cause), ok), `RR>${obstacleCodes[cause]}>RR`)
  })
}

t.test(
  'every word of the tables is reached, but for the ends that the edge alone knows',
  async t => {
    const reached = new Set(cases.flatMap(({ code }) => code.split('>')))
    for (const cause of causes) reached.add(obstacleCodes[cause])
    const { declined, aborted, broken, ...ofTheEdge } = endCodes
    t.same(Object.values(ofTheEdge).toSorted(), [
      'BODYTIME',
      'CLOSING',
      'CONSUMED',
      'CUT',
      'INTERNAL',
      'QUEUEFULL',
      'QUEUETIME',
      'STALLED',
      'TOOMANY',
    ])
    const ends = { declined, aborted, broken }
    for (const table of [choiceCodes, missedCodes, obstacleCodes, failCodes, ends]) {
      for (const word of Object.values(table)) t.ok(reached.has(word), word)
    }
  },
)

t.test(
  'no two entries of the tables share a word, and none has a character that logs must quote',
  async t => {
    const words = [choiceCodes, missedCodes, obstacleCodes, failCodes, endCodes].flatMap(table =>
      Object.values(table),
    )
    t.equal(new Set(words).size, words.length)
    for (const word of words) t.match(word, /^[A-Z0-9]+$/)
  },
)

t.test('the code of a request under way says how far it has come', async t => {
  const exchange = lab(pair()).request(body)
  t.equal(exchange.code, '', 'no server has been chosen')
  exchange.report({ kind: 'buffered', bytes: 5, complete: true })
  t.equal(exchange.code, 'RR')
  exchange.report(refused)
  t.equal(exchange.code, 'RR>REFUSED>RR')
  exchange.report(streaming)
  t.equal(exchange.code, 'RR>REFUSED>RR')
  exchange.report({ kind: 'relayed' })
  t.equal(exchange.code, 'RR>REFUSED>RR')
})

t.test('the code is the same for a request that nobody traces', async t => {
  for (const { code, config, options, act } of cases) {
    t.equal(act(lab(config, { ...options, onTrace: undefined as never })), code)
  }
})

t.test('H5 a partition is missed for the first of its owners that there is', async t => {
  const partitionTables = { Cluster: { '4711': ['nobody', 'a'] } }
  const l = lab(only(cluster([server('A'), server('B')])), { partitionTables })
  l.session('a').report(failed('refused'))
  t.equal(l.session('4711').code, 'AFF>DOWN>RR')
})
